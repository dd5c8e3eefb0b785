-- A record store of format 1, with a unit that passed and one that was broken off.
PRAGMA application_id = 1349281618;
PRAGMA user_version = 1;
CREATE TABLE run (
  run_id TEXT PRIMARY KEY,
  number INTEGER NOT NULL UNIQUE,
  sequence TEXT NOT NULL, bench TEXT NOT NULL, software TEXT NOT NULL,
  started_ms INTEGER NOT NULL, ended_ms INTEGER
) STRICT;

CREATE TABLE unit (
  number INTEGER PRIMARY KEY,
  unit_id TEXT NOT NULL UNIQUE,
  run_id TEXT NOT NULL REFERENCES run,
  slot TEXT NOT NULL,
  started_ms INTEGER NOT NULL,
  verdict TEXT CHECK (verdict IN ('not_run','pass','inconclusive','fail','aborted','error')),
  first_pass INTEGER NOT NULL DEFAULT 0,
  ended_ms INTEGER
) STRICT;
CREATE INDEX unit_of_run ON unit (run_id);

CREATE TABLE required_step (
  unit_id TEXT NOT NULL REFERENCES unit (unit_id),
  step_index INTEGER NOT NULL, stage TEXT NOT NULL, step TEXT NOT NULL,
  PRIMARY KEY (unit_id, step_index)
) STRICT;

CREATE TABLE fact (
  unit_id TEXT NOT NULL REFERENCES unit (unit_id),
  name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (unit_id, name)
) STRICT;

CREATE TABLE attempt (
  attempt_id INTEGER PRIMARY KEY,
  unit_id TEXT NOT NULL REFERENCES unit (unit_id),
  step_index INTEGER NOT NULL, attempt INTEGER NOT NULL,
  stage TEXT NOT NULL, step TEXT NOT NULL,
  verdict TEXT NOT NULL
    CHECK (verdict IN ('not_run','pass','inconclusive','fail','aborted','error')),
  started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL, took_s REAL NOT NULL,
  fault_id TEXT NOT NULL, blame TEXT NOT NULL, happened TEXT NOT NULL, next TEXT NOT NULL,
  UNIQUE (unit_id, step_index, attempt)
) STRICT;

CREATE TABLE said (
  attempt_id INTEGER NOT NULL REFERENCES attempt, number INTEGER NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (attempt_id, number)
) STRICT;

CREATE TABLE evidence (
  attempt_id INTEGER NOT NULL REFERENCES attempt, number INTEGER NOT NULL,
  name TEXT NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (attempt_id, number)
) STRICT;

CREATE TABLE measurement (
  measurement_id INTEGER PRIMARY KEY,
  attempt_id INTEGER NOT NULL REFERENCES attempt,
  id TEXT NOT NULL, condition TEXT NOT NULL,
  value REAL NOT NULL, expanded_uncertainty REAL, unit TEXT NOT NULL,
  low REAL, high REAL,
  verdict TEXT NOT NULL
    CHECK (verdict IN ('not_run','pass','inconclusive','fail','aborted','error')),
  instrument TEXT NOT NULL
) STRICT;
CREATE INDEX measurement_of_attempt ON measurement (attempt_id);

CREATE TABLE sample (
  measurement_id INTEGER NOT NULL REFERENCES measurement, number INTEGER NOT NULL,
  value REAL NOT NULL,
  PRIMARY KEY (measurement_id, number)
) STRICT;

CREATE TABLE attachment (
  attempt_id INTEGER NOT NULL REFERENCES attempt, number INTEGER NOT NULL,
  name TEXT NOT NULL, media_type TEXT NOT NULL, path TEXT NOT NULL,
  sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, sensitive INTEGER NOT NULL,
  PRIMARY KEY (attempt_id, number)
) STRICT;

CREATE VIEW step_result AS
  SELECT unit_id, step_index, last_verdict, any_fail
  FROM (SELECT unit_id, step_index, verdict AS last_verdict,
               max(attempt) OVER step AS last, attempt,
               max(verdict = 'fail') OVER step AS any_fail
        FROM attempt
        WINDOW step AS (PARTITION BY unit_id, step_index))
  WHERE attempt = last;

CREATE TRIGGER attempt_is_not_changed BEFORE UPDATE ON attempt
  BEGIN SELECT RAISE(ABORT, 'an attempt is never changed'); END;
CREATE TRIGGER attempt_is_not_removed BEFORE DELETE ON attempt
  BEGIN SELECT RAISE(ABORT, 'an attempt is never removed'); END;
CREATE TRIGGER attempt_after_the_end BEFORE INSERT ON attempt
  WHEN (SELECT verdict FROM unit WHERE unit_id = NEW.unit_id) IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'the unit has its verdict already'); END;
CREATE TRIGGER measurement_against_attempt BEFORE INSERT ON measurement
  WHEN NEW.verdict <> 'pass'
    AND (SELECT verdict FROM attempt WHERE attempt_id = NEW.attempt_id) = 'pass'
  BEGIN SELECT RAISE(ABORT, 'a passing attempt has a measurement that did not pass'); END;

CREATE TRIGGER unit_begins_without_verdict BEFORE INSERT ON unit WHEN NEW.verdict IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'a unit begins without a verdict'); END;
CREATE TRIGGER unit_ends_once BEFORE UPDATE ON unit WHEN OLD.verdict IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'the unit has its verdict already'); END;
CREATE TRIGGER unit_is_not_removed BEFORE DELETE ON unit
  BEGIN SELECT RAISE(ABORT, 'a unit is never removed'); END;
CREATE TRIGGER required_step_is_not_removed BEFORE DELETE ON required_step
  BEGIN SELECT RAISE(ABORT, 'a required step is never removed'); END;
CREATE TRIGGER required_step_is_not_changed BEFORE UPDATE ON required_step
  BEGIN SELECT RAISE(ABORT, 'a required step is never changed'); END;

CREATE TRIGGER pass_needs_its_steps BEFORE UPDATE OF verdict ON unit
  WHEN NEW.verdict = 'pass' AND (
    NOT EXISTS (SELECT 1 FROM required_step r WHERE r.unit_id = NEW.unit_id)
    OR EXISTS (SELECT 1 FROM required_step r WHERE r.unit_id = NEW.unit_id AND NOT EXISTS (
         SELECT 1 FROM step_result s WHERE s.unit_id = r.unit_id
           AND s.step_index = r.step_index AND s.last_verdict = 'pass')))
  BEGIN SELECT RAISE(ABORT, 'PASS without a passing attempt of every required step'); END;
CREATE TRIGGER pass_stands_alone BEFORE UPDATE OF verdict ON unit
  WHEN NEW.verdict = 'pass' AND EXISTS (
    SELECT 1 FROM step_result s WHERE s.unit_id = NEW.unit_id AND s.last_verdict <> 'pass')
  BEGIN SELECT RAISE(ABORT, 'PASS beside a step that did not pass'); END;
CREATE TRIGGER first_pass_has_one_attempt BEFORE UPDATE ON unit
  WHEN NEW.first_pass <> 0 AND (NEW.verdict IS NOT 'pass' OR EXISTS (
    SELECT 1 FROM attempt a WHERE a.unit_id = NEW.unit_id AND a.verdict <> 'pass'))
  BEGIN SELECT RAISE(ABORT, 'first pass with an attempt that did not pass'); END;
CREATE TRIGGER fail_stays BEFORE UPDATE OF verdict ON unit
  WHEN NEW.verdict <> 'fail' AND EXISTS (
    SELECT 1 FROM step_result s
    WHERE s.unit_id = NEW.unit_id AND s.any_fail AND s.last_verdict <> 'pass')
  BEGIN SELECT RAISE(ABORT, 'a recorded fail stays'); END;

CREATE VIEW attempt_log AS
  SELECT u.slot, a.unit_id, a.stage, a.step, a.attempt, a.verdict,
         strftime('%Y-%m-%dT%H:%M:%fZ', a.started_ms / 1000.0, 'unixepoch') AS started,
         round(a.took_s, 3) AS took_s, a.fault_id, a.blame, a.happened, a.next
  FROM attempt a JOIN unit u USING (unit_id)
  ORDER BY a.attempt_id;

CREATE VIEW unit_summary AS
  WITH reason AS (
    SELECT a.*, row_number() OVER (
        PARTITION BY a.unit_id ORDER BY a.verdict <> 'fail', a.verdict <> 'error', a.attempt_id)
        AS rank
    FROM attempt a JOIN step_result s USING (unit_id, step_index)
    WHERE a.verdict <> 'pass' AND s.last_verdict <> 'pass')
  SELECT u.unit_id, u.slot, f.value AS mac,
         coalesce(u.verdict, 'aborted') AS verdict,
         u.verdict IS NOT NULL AS finished,
         u.first_pass,
         strftime('%Y-%m-%dT%H:%M:%fZ', u.started_ms / 1000.0, 'unixepoch') AS started,
         (u.ended_ms - u.started_ms) / 1000.0 AS took_s,
         (SELECT count(*) FROM step_result s JOIN required_step r USING (unit_id, step_index)
          WHERE s.unit_id = u.unit_id AND s.last_verdict = 'pass') AS steps_passed,
         (SELECT count(*) FROM required_step r WHERE r.unit_id = u.unit_id) AS steps_required,
         r.step, r.fault_id, r.blame, r.happened, r.next,
         run.sequence, run.bench, run.software
  FROM unit u JOIN run USING (run_id)
  LEFT JOIN fact f ON f.unit_id = u.unit_id AND f.name = 'mac'
  LEFT JOIN reason r ON r.unit_id = u.unit_id AND r.rank = 1
  ORDER BY u.number;

INSERT INTO run VALUES ('20260101-000000-0001', 1, 'gosund-ep2', 'line-2', 'plugrig 0.1', 1767225600000, 1767225700000);
INSERT INTO unit (number, unit_id, run_id, slot, started_ms) VALUES (1, '20260101-000000-0001-F1-1', '20260101-000000-0001', 'F1', 1767225600500);
INSERT INTO required_step VALUES ('20260101-000000-0001-F1-1', 0, 'flash', 'step.0');
INSERT INTO attempt VALUES (1, '20260101-000000-0001-F1-1', 0, 1, 'flash', 'step.0', 'pass', 1767225601000, 1767225602250, 1.25, '', '', '', '');
INSERT INTO fact VALUES ('20260101-000000-0001-F1-1', 'mac', '48:55:19:00:00:01');
UPDATE unit SET verdict = 'pass', first_pass = 1, ended_ms = 1767225660000 WHERE number = 1;
INSERT INTO unit (number, unit_id, run_id, slot, started_ms) VALUES (2, '20260101-000000-0001-F2-2', '20260101-000000-0001', 'F2', 1767225600500);
INSERT INTO required_step VALUES ('20260101-000000-0001-F2-2', 0, 'flash', 'step.0');
