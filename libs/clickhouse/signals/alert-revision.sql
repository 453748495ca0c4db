-- The highest revision ever written, so that the next one is higher.
SELECT greatest(
    (SELECT max(revision) FROM alerts), (SELECT max(revision) FROM alert_deliveries),
    (SELECT max(revision) FROM alert_silences), (SELECT max(revision) FROM alert_acknowledgements)) AS newest
