-- A revision that no filled hour has yet, complete or not.
SELECT greatest((SELECT max(revision) FROM observations_1h), (SELECT max(revision) FROM drift_hours)) + 1 AS revision
