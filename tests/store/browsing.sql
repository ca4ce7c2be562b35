CREATE TABLE answers (
    recall_id INTEGER NOT NULL PRIMARY KEY REFERENCES recalls (id),
    asked TEXT NOT NULL,
    answer TEXT NOT NULL,
    judged TEXT NOT NULL DEFAULT ''
);
CREATE INDEX trajectories_by_time ON trajectories (created_at, success, scope, project, origin, weight);
CREATE INDEX recalls_by_time ON recalls (created_at, scope, held);
CREATE INDEX revisions_waiting ON revisions (procedure_id) WHERE state IN ('trial', 'proposed');
ALTER TABLE answers ADD COLUMN checksum INTEGER;
INSERT INTO tallies (name, tally) VALUES ('answers', x'00000000000000000000000000000000ecbb4b55');
CREATE TRIGGER answers_sums_delete AFTER DELETE ON answers BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'answers'; END;
CREATE TRIGGER answers_sums_insert AFTER INSERT ON answers BEGIN UPDATE answers SET checksum = NULL WHERE rowid = NEW.rowid; END;
CREATE TRIGGER answers_sums_update AFTER UPDATE ON answers BEGIN
UPDATE answers SET checksum = memp_checksum(typeof(NEW.asked) || typeof(NEW.answer) || typeof(NEW.judged), NEW.recall_id, CAST(NEW.asked AS BLOB), CAST(NEW.answer AS BLOB), CAST(NEW.judged AS BLOB)) WHERE rowid = NEW.rowid;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM answers WHERE rowid = NEW.rowid)) WHERE name = 'answers'; END;
