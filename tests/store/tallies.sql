DROP TRIGGER audit_sums_insert;
DROP TRIGGER audit_sums_update;
DROP TRIGGER credits_sums_insert;
DROP TRIGGER credits_sums_update;
DROP TRIGGER findings_sums_insert;
DROP TRIGGER findings_sums_update;
DROP TRIGGER imported_sums_insert;
DROP TRIGGER imported_sums_update;
DROP TRIGGER imported_bindings_sums_insert;
DROP TRIGGER imported_bindings_sums_update;
DROP TRIGGER imported_findings_sums_insert;
DROP TRIGGER imported_findings_sums_update;
DROP TRIGGER keys_sums_insert;
DROP TRIGGER keys_sums_update;
DROP TRIGGER meta_sums_insert;
DROP TRIGGER meta_sums_update;
DROP TRIGGER origins_sums_insert;
DROP TRIGGER origins_sums_update;
DROP TRIGGER pitfalls_sums_insert;
DROP TRIGGER pitfalls_sums_update;
DROP TRIGGER procedures_sums_insert;
DROP TRIGGER procedures_sums_update;
DROP TRIGGER projects_sums_insert;
DROP TRIGGER projects_sums_update;
DROP TRIGGER recalls_sums_insert;
DROP TRIGGER recalls_sums_update;
DROP TRIGGER revisions_sums_insert;
DROP TRIGGER revisions_sums_update;
DROP TRIGGER shown_sums_insert;
DROP TRIGGER shown_sums_update;
DROP TRIGGER sightings_sums_insert;
DROP TRIGGER sightings_sums_update;
DROP TRIGGER sources_sums_insert;
DROP TRIGGER sources_sums_update;
DROP TRIGGER trajectories_sums_insert;
DROP TRIGGER trajectories_sums_update;
DROP TRIGGER unfinished_sums_insert;
DROP TRIGGER unfinished_sums_update;
DROP TRIGGER vectors_sums_insert;
DROP TRIGGER vectors_sums_update;
CREATE TABLE tallies (name TEXT NOT NULL PRIMARY KEY, tally BLOB NOT NULL) WITHOUT ROWID;
INSERT INTO tallies (name, tally) VALUES
    ('audit', x'00000000000000000000000000000000ecbb4b55'),
    ('credits', x'00000000000000000000000000000000ecbb4b55'),
    ('findings', x'00000000000000000000000000000000ecbb4b55'),
    ('imported', x'00000000000000000000000000000000ecbb4b55'),
    ('imported_bindings', x'00000000000000000000000000000000ecbb4b55'),
    ('imported_findings', x'00000000000000000000000000000000ecbb4b55'),
    ('keys', x'00000000000000000000000000000000ecbb4b55'),
    ('meta', x'00000000000000000000000000000000ecbb4b55'),
    ('origins', x'00000000000000000000000000000000ecbb4b55'),
    ('pitfalls', x'00000000000000000000000000000000ecbb4b55'),
    ('procedures', x'00000000000000000000000000000000ecbb4b55'),
    ('projects', x'00000000000000000000000000000000ecbb4b55'),
    ('recalls', x'00000000000000000000000000000000ecbb4b55'),
    ('revisions', x'00000000000000000000000000000000ecbb4b55'),
    ('shown', x'00000000000000000000000000000000ecbb4b55'),
    ('sightings', x'00000000000000000000000000000000ecbb4b55'),
    ('sources', x'00000000000000000000000000000000ecbb4b55'),
    ('trajectories', x'00000000000000000000000000000000ecbb4b55'),
    ('unfinished', x'00000000000000000000000000000000ecbb4b55'),
    ('vectors', x'00000000000000000000000000000000ecbb4b55');
CREATE TRIGGER audit_sums_delete AFTER DELETE ON audit BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'audit'; END;
CREATE TRIGGER audit_sums_insert AFTER INSERT ON audit BEGIN UPDATE audit SET checksum = NULL WHERE rowid = NEW.rowid; END;
CREATE TRIGGER audit_sums_update AFTER UPDATE ON audit BEGIN
UPDATE audit SET checksum = memp_checksum(typeof(NEW.created_at) || typeof(NEW.actor) || typeof(NEW.action) || typeof(NEW.detail), NEW.id, CAST(NEW.created_at AS BLOB), CAST(NEW.actor AS BLOB), CAST(NEW.action AS BLOB), NEW.procedure_id, NEW.revision, CAST(NEW.detail AS BLOB)) WHERE rowid = NEW.rowid;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM audit WHERE rowid = NEW.rowid)) WHERE name = 'audit'; END;
CREATE TRIGGER credits_sums_delete AFTER DELETE ON credits BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'credits'; END;
CREATE TRIGGER credits_sums_insert AFTER INSERT ON credits BEGIN UPDATE credits SET checksum = NULL WHERE procedure_id = NEW.procedure_id AND trajectory_id = NEW.trajectory_id; END;
CREATE TRIGGER credits_sums_update AFTER UPDATE ON credits BEGIN
UPDATE credits SET checksum = memp_checksum(typeof(NEW.context) || typeof(NEW.created_at), NEW.procedure_id, NEW.trajectory_id, NEW.revision, NEW.success, NEW.weight, NEW.outside, CAST(NEW.context AS BLOB), CAST(NEW.created_at AS BLOB)) WHERE procedure_id = NEW.procedure_id AND trajectory_id = NEW.trajectory_id;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM credits WHERE procedure_id = NEW.procedure_id AND trajectory_id = NEW.trajectory_id)) WHERE name = 'credits'; END;
CREATE TRIGGER findings_sums_delete AFTER DELETE ON findings BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'findings'; END;
CREATE TRIGGER findings_sums_insert AFTER INSERT ON findings BEGIN UPDATE findings SET checksum = NULL WHERE scope = NEW.scope AND about = NEW.about AND value = NEW.value; END;
CREATE TRIGGER findings_sums_update AFTER UPDATE ON findings BEGIN
UPDATE findings SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.about) || typeof(NEW.value), CAST(NEW.scope AS BLOB), CAST(NEW.about AS BLOB), CAST(NEW.value AS BLOB), NEW.runs) WHERE scope = NEW.scope AND about = NEW.about AND value = NEW.value;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM findings WHERE scope = NEW.scope AND about = NEW.about AND value = NEW.value)) WHERE name = 'findings'; END;
CREATE TRIGGER imported_bindings_sums_delete AFTER DELETE ON imported_bindings BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'imported_bindings'; END;
CREATE TRIGGER imported_bindings_sums_insert AFTER INSERT ON imported_bindings BEGIN UPDATE imported_bindings SET checksum = NULL WHERE rowid = NEW.rowid; END;
CREATE TRIGGER imported_bindings_sums_update AFTER UPDATE ON imported_bindings BEGIN
UPDATE imported_bindings SET checksum = memp_checksum(typeof(NEW.bindings), NEW.procedure_id, CAST(NEW.bindings AS BLOB), NEW.runs) WHERE rowid = NEW.rowid;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM imported_bindings WHERE rowid = NEW.rowid)) WHERE name = 'imported_bindings'; END;
CREATE TRIGGER imported_findings_sums_delete AFTER DELETE ON imported_findings BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'imported_findings'; END;
CREATE TRIGGER imported_findings_sums_insert AFTER INSERT ON imported_findings BEGIN UPDATE imported_findings SET checksum = NULL WHERE procedure_id = NEW.procedure_id AND file = NEW.file AND about = NEW.about AND value = NEW.value; END;
CREATE TRIGGER imported_findings_sums_update AFTER UPDATE ON imported_findings BEGIN
UPDATE imported_findings SET checksum = memp_checksum(typeof(NEW.file) || typeof(NEW.about) || typeof(NEW.value), NEW.procedure_id, CAST(NEW.file AS BLOB), CAST(NEW.about AS BLOB), CAST(NEW.value AS BLOB), NEW.runs) WHERE procedure_id = NEW.procedure_id AND file = NEW.file AND about = NEW.about AND value = NEW.value;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM imported_findings WHERE procedure_id = NEW.procedure_id AND file = NEW.file AND about = NEW.about AND value = NEW.value)) WHERE name = 'imported_findings'; END;
CREATE TRIGGER imported_sums_delete AFTER DELETE ON imported BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'imported'; END;
CREATE TRIGGER imported_sums_insert AFTER INSERT ON imported BEGIN UPDATE imported SET checksum = NULL WHERE procedure_id = NEW.procedure_id AND file = NEW.file AND script = NEW.script; END;
CREATE TRIGGER imported_sums_update AFTER UPDATE ON imported BEGIN
UPDATE imported SET checksum = memp_checksum(typeof(NEW.file) || typeof(NEW.script) || typeof(NEW.how) || typeof(NEW.told) || typeof(NEW.created_at), NEW.procedure_id, CAST(NEW.file AS BLOB), CAST(NEW.script AS BLOB), CAST(NEW.how AS BLOB), CAST(NEW.told AS BLOB), CAST(NEW.created_at AS BLOB)) WHERE procedure_id = NEW.procedure_id AND file = NEW.file AND script = NEW.script;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM imported WHERE procedure_id = NEW.procedure_id AND file = NEW.file AND script = NEW.script)) WHERE name = 'imported'; END;
CREATE TRIGGER keys_sums_delete AFTER DELETE ON keys BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'keys'; END;
CREATE TRIGGER keys_sums_insert AFTER INSERT ON keys BEGIN UPDATE keys SET checksum = NULL WHERE rowid = NEW.rowid; END;
CREATE TRIGGER keys_sums_update AFTER UPDATE ON keys BEGIN
UPDATE keys SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.kind) || typeof(NEW.text) || typeof(NEW.extra) || typeof(NEW.template), NEW.id, CAST(NEW.scope AS BLOB), CAST(NEW.kind AS BLOB), NEW.owner, CAST(NEW.text AS BLOB), CAST(NEW.extra AS BLOB), CAST(NEW.template AS BLOB), NEW.vector_id) WHERE rowid = NEW.rowid;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM keys WHERE rowid = NEW.rowid)) WHERE name = 'keys'; END;
CREATE TRIGGER meta_sums_delete AFTER DELETE ON meta BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'meta'; END;
CREATE TRIGGER meta_sums_insert AFTER INSERT ON meta BEGIN UPDATE meta SET checksum = NULL WHERE name = NEW.name; END;
CREATE TRIGGER meta_sums_update AFTER UPDATE ON meta BEGIN
UPDATE meta SET checksum = memp_checksum(typeof(NEW.name) || typeof(NEW.value), CAST(NEW.name AS BLOB), CAST(NEW.value AS BLOB)) WHERE name = NEW.name;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM meta WHERE name = NEW.name)) WHERE name = 'meta'; END;
CREATE TRIGGER origins_sums_delete AFTER DELETE ON origins BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'origins'; END;
CREATE TRIGGER origins_sums_insert AFTER INSERT ON origins BEGIN UPDATE origins SET checksum = NULL WHERE rowid = NEW.rowid; END;
CREATE TRIGGER origins_sums_update AFTER UPDATE ON origins BEGIN
UPDATE origins SET checksum = memp_checksum(typeof(NEW.channel) || typeof(NEW.client) || typeof(NEW.name) || typeof(NEW.batch) || typeof(NEW.created_at), NEW.id, CAST(NEW.channel AS BLOB), CAST(NEW.client AS BLOB), CAST(NEW.name AS BLOB), CAST(NEW.batch AS BLOB), CAST(NEW.created_at AS BLOB)) WHERE rowid = NEW.rowid;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM origins WHERE rowid = NEW.rowid)) WHERE name = 'origins'; END;
CREATE TRIGGER pitfalls_sums_delete AFTER DELETE ON pitfalls BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'pitfalls'; END;
CREATE TRIGGER pitfalls_sums_insert AFTER INSERT ON pitfalls BEGIN UPDATE pitfalls SET checksum = NULL WHERE rowid = NEW.rowid; END;
CREATE TRIGGER pitfalls_sums_update AFTER UPDATE ON pitfalls BEGIN
UPDATE pitfalls SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.trigger) || typeof(NEW.consequence) || typeof(NEW.instead) || typeof(NEW.created_at), NEW.id, CAST(NEW.scope AS BLOB), NEW.procedure_id, CAST(NEW.trigger AS BLOB), CAST(NEW.consequence AS BLOB), CAST(NEW.instead AS BLOB), CAST(NEW.created_at AS BLOB), NEW.imported) WHERE rowid = NEW.rowid;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM pitfalls WHERE rowid = NEW.rowid)) WHERE name = 'pitfalls'; END;
CREATE TRIGGER procedures_sums_delete AFTER DELETE ON procedures BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'procedures'; END;
CREATE TRIGGER procedures_sums_insert AFTER INSERT ON procedures BEGIN UPDATE procedures SET checksum = NULL WHERE rowid = NEW.rowid; END;
CREATE TRIGGER procedures_sums_update AFTER UPDATE ON procedures BEGIN
UPDATE procedures SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.signature) || typeof(NEW.origin) || typeof(NEW.tier) || typeof(NEW.status) || typeof(NEW.reason) || typeof(NEW.created_at) || typeof(NEW.updated_at) || typeof(NEW.project) || typeof(NEW.quarantine), NEW.id, CAST(NEW.scope AS BLOB), NEW.revision, NEW.trial, CAST(NEW.signature AS BLOB), CAST(NEW.origin AS BLOB), NEW.first_run, CAST(NEW.tier AS BLOB), CAST(NEW.status AS BLOB), NEW.uses, NEW.successes, NEW.outside, CAST(NEW.reason AS BLOB), CAST(NEW.created_at AS BLOB), CAST(NEW.updated_at AS BLOB), CAST(NEW.project AS BLOB), CAST(NEW.quarantine AS BLOB), NEW.hearsay) WHERE rowid = NEW.rowid;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM procedures WHERE rowid = NEW.rowid)) WHERE name = 'procedures'; END;
CREATE TRIGGER projects_sums_delete AFTER DELETE ON projects BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'projects'; END;
CREATE TRIGGER projects_sums_insert AFTER INSERT ON projects BEGIN UPDATE projects SET checksum = NULL WHERE identity = NEW.identity; END;
CREATE TRIGGER projects_sums_update AFTER UPDATE ON projects BEGIN
UPDATE projects SET checksum = memp_checksum(typeof(NEW.identity) || typeof(NEW.same_as) || typeof(NEW.title), CAST(NEW.identity AS BLOB), CAST(NEW.same_as AS BLOB), CAST(NEW.title AS BLOB)) WHERE identity = NEW.identity;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM projects WHERE identity = NEW.identity)) WHERE name = 'projects'; END;
CREATE TRIGGER recalls_sums_delete AFTER DELETE ON recalls BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'recalls'; END;
CREATE TRIGGER recalls_sums_insert AFTER INSERT ON recalls BEGIN UPDATE recalls SET checksum = NULL WHERE rowid = NEW.rowid; END;
CREATE TRIGGER recalls_sums_update AFTER UPDATE ON recalls BEGIN
UPDATE recalls SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.context) || typeof(NEW.created_at), NEW.id, CAST(NEW.scope AS BLOB), NEW.words, CAST(NEW.context AS BLOB), NEW.draw, NEW.held, NEW.trajectory_id, CAST(NEW.created_at AS BLOB)) WHERE rowid = NEW.rowid;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM recalls WHERE rowid = NEW.rowid)) WHERE name = 'recalls'; END;
CREATE TRIGGER revisions_sums_delete AFTER DELETE ON revisions BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'revisions'; END;
CREATE TRIGGER revisions_sums_insert AFTER INSERT ON revisions BEGIN UPDATE revisions SET checksum = NULL WHERE rowid = NEW.rowid; END;
CREATE TRIGGER revisions_sums_update AFTER UPDATE ON revisions BEGIN
UPDATE revisions SET checksum = memp_checksum(typeof(NEW.script) || typeof(NEW.builder) || typeof(NEW.reason) || typeof(NEW.state) || typeof(NEW.created_at), NEW.procedure_id, NEW.number, CAST(NEW.script AS BLOB), CAST(NEW.builder AS BLOB), CAST(NEW.reason AS BLOB), CAST(NEW.state AS BLOB), CAST(NEW.created_at AS BLOB)) WHERE rowid = NEW.rowid;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM revisions WHERE rowid = NEW.rowid)) WHERE name = 'revisions'; END;
CREATE TRIGGER shown_sums_delete AFTER DELETE ON shown BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'shown'; END;
CREATE TRIGGER shown_sums_insert AFTER INSERT ON shown BEGIN UPDATE shown SET checksum = NULL WHERE recall_id = NEW.recall_id AND procedure_id = NEW.procedure_id; END;
CREATE TRIGGER shown_sums_update AFTER UPDATE ON shown BEGIN
UPDATE shown SET checksum = memp_checksum('', NEW.recall_id, NEW.procedure_id, NEW.revision, NEW.rank, NEW.similarity) WHERE recall_id = NEW.recall_id AND procedure_id = NEW.procedure_id;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM shown WHERE recall_id = NEW.recall_id AND procedure_id = NEW.procedure_id)) WHERE name = 'shown'; END;
CREATE TRIGGER sightings_sums_delete AFTER DELETE ON sightings BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'sightings'; END;
CREATE TRIGGER sightings_sums_insert AFTER INSERT ON sightings BEGIN UPDATE sightings SET checksum = NULL WHERE pitfall_id = NEW.pitfall_id AND trajectory_id = NEW.trajectory_id; END;
CREATE TRIGGER sightings_sums_update AFTER UPDATE ON sightings BEGIN
UPDATE sightings SET checksum = memp_checksum('', NEW.pitfall_id, NEW.trajectory_id) WHERE pitfall_id = NEW.pitfall_id AND trajectory_id = NEW.trajectory_id;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM sightings WHERE pitfall_id = NEW.pitfall_id AND trajectory_id = NEW.trajectory_id)) WHERE name = 'sightings'; END;
CREATE TRIGGER sources_sums_delete AFTER DELETE ON sources BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'sources'; END;
CREATE TRIGGER sources_sums_insert AFTER INSERT ON sources BEGIN UPDATE sources SET checksum = NULL WHERE procedure_id = NEW.procedure_id AND trajectory_id = NEW.trajectory_id; END;
CREATE TRIGGER sources_sums_update AFTER UPDATE ON sources BEGIN
UPDATE sources SET checksum = memp_checksum(typeof(NEW.bindings) || typeof(NEW.found), NEW.procedure_id, NEW.trajectory_id, CAST(NEW.bindings AS BLOB), CAST(NEW.found AS BLOB)) WHERE procedure_id = NEW.procedure_id AND trajectory_id = NEW.trajectory_id;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM sources WHERE procedure_id = NEW.procedure_id AND trajectory_id = NEW.trajectory_id)) WHERE name = 'sources'; END;
CREATE TRIGGER trajectories_sums_delete AFTER DELETE ON trajectories BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'trajectories'; END;
CREATE TRIGGER trajectories_sums_insert AFTER INSERT ON trajectories BEGIN UPDATE trajectories SET checksum = NULL WHERE rowid = NEW.rowid; END;
CREATE TRIGGER trajectories_sums_update AFTER UPDATE ON trajectories BEGIN
UPDATE trajectories SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.digest) || typeof(NEW.task) || typeof(NEW.steps) || typeof(NEW.evidence) || typeof(NEW.provenance) || typeof(NEW.context) || typeof(NEW.created_at) || typeof(NEW.project) || typeof(NEW.witness), NEW.id, CAST(NEW.scope AS BLOB), CAST(NEW.digest AS BLOB), CAST(NEW.task AS BLOB), CAST(NEW.steps AS BLOB), NEW.reward, NEW.success, CAST(NEW.evidence AS BLOB), CAST(NEW.provenance AS BLOB), NEW.tokens, NEW.length, NEW.weight, NEW.outside, CAST(NEW.context AS BLOB), CAST(NEW.created_at AS BLOB), CAST(NEW.project AS BLOB), NEW.alone, NEW.outline, NEW.origin, CAST(NEW.witness AS BLOB)) WHERE rowid = NEW.rowid;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM trajectories WHERE rowid = NEW.rowid)) WHERE name = 'trajectories'; END;
CREATE TRIGGER unfinished_sums_delete AFTER DELETE ON unfinished BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'unfinished'; END;
CREATE TRIGGER unfinished_sums_insert AFTER INSERT ON unfinished BEGIN UPDATE unfinished SET checksum = NULL WHERE trajectory_id = NEW.trajectory_id; END;
CREATE TRIGGER unfinished_sums_update AFTER UPDATE ON unfinished BEGIN
UPDATE unfinished SET checksum = memp_checksum(typeof(NEW.process), NEW.trajectory_id, CAST(NEW.process AS BLOB)) WHERE trajectory_id = NEW.trajectory_id;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM unfinished WHERE trajectory_id = NEW.trajectory_id)) WHERE name = 'unfinished'; END;
CREATE TRIGGER vectors_sums_delete AFTER DELETE ON vectors BEGIN
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, NULL) WHERE name = 'vectors'; END;
CREATE TRIGGER vectors_sums_insert AFTER INSERT ON vectors BEGIN UPDATE vectors SET checksum = NULL WHERE rowid = NEW.rowid; END;
CREATE TRIGGER vectors_sums_update AFTER UPDATE ON vectors BEGIN
UPDATE vectors SET checksum = memp_checksum('', NEW.id, NEW.vector) WHERE rowid = NEW.rowid;
UPDATE tallies SET tally = memp_tally(tally, OLD.checksum, (SELECT checksum FROM vectors WHERE rowid = NEW.rowid)) WHERE name = 'vectors'; END;
