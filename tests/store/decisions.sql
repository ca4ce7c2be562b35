CREATE TABLE decisions (
    line INTEGER NOT NULL PRIMARY KEY,
    procedure_id INTEGER NOT NULL REFERENCES procedures (id),
    said TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL
);
CREATE INDEX decisions_by_procedure ON decisions (procedure_id);
ALTER TABLE decisions ADD COLUMN checksum INTEGER;
INSERT INTO tallies (name, tally) VALUES ('decisions', x'00000000000000000000000000000000ecbb4b55');
CREATE TRIGGER decisions_sums_delete AFTER DELETE ON decisions BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'decisions'; END;
CREATE TRIGGER decisions_sums_insert AFTER INSERT ON decisions BEGIN UPDATE decisions SET checksum = NULL WHERE rowid = NEW.rowid; END;
CREATE TRIGGER decisions_sums_update AFTER UPDATE ON decisions BEGIN
UPDATE decisions SET checksum = memp_checksum(typeof(NEW.said) || typeof(NEW.before) || typeof(NEW.after), NEW.line, NEW.procedure_id, CAST(NEW.said AS BLOB), CAST(NEW.before AS BLOB), CAST(NEW.after AS BLOB)) WHERE rowid = NEW.rowid;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM decisions WHERE rowid = NEW.rowid)) WHERE name = 'decisions'; END;
