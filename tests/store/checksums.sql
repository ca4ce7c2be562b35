ALTER TABLE audit ADD COLUMN checksum INTEGER;
ALTER TABLE credits ADD COLUMN checksum INTEGER;
ALTER TABLE findings ADD COLUMN checksum INTEGER;
ALTER TABLE imported ADD COLUMN checksum INTEGER;
ALTER TABLE imported_bindings ADD COLUMN checksum INTEGER;
ALTER TABLE imported_findings ADD COLUMN checksum INTEGER;
ALTER TABLE keys ADD COLUMN checksum INTEGER;
ALTER TABLE meta ADD COLUMN checksum INTEGER;
ALTER TABLE origins ADD COLUMN checksum INTEGER;
ALTER TABLE pitfalls ADD COLUMN checksum INTEGER;
ALTER TABLE procedures ADD COLUMN checksum INTEGER;
ALTER TABLE projects ADD COLUMN checksum INTEGER;
ALTER TABLE recalls ADD COLUMN checksum INTEGER;
ALTER TABLE revisions ADD COLUMN checksum INTEGER;
ALTER TABLE shown ADD COLUMN checksum INTEGER;
ALTER TABLE sightings ADD COLUMN checksum INTEGER;
ALTER TABLE sources ADD COLUMN checksum INTEGER;
ALTER TABLE trajectories ADD COLUMN checksum INTEGER;
ALTER TABLE unfinished ADD COLUMN checksum INTEGER;
ALTER TABLE vectors ADD COLUMN checksum INTEGER;
DROP TRIGGER audit_is_true;
CREATE TRIGGER audit_is_true BEFORE UPDATE OF id, created_at, actor, action, procedure_id, revision, detail ON audit
WHEN NEW.detail <> '' OR NEW.id <> OLD.id OR NEW.created_at <> OLD.created_at OR NEW.actor <> OLD.actor
    OR NEW.action <> OLD.action OR NEW.procedure_id IS NOT OLD.procedure_id OR NEW.revision IS NOT OLD.revision
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_sums_insert AFTER INSERT ON audit
                BEGIN UPDATE audit SET checksum = memp_checksum(typeof(NEW.created_at) || typeof(NEW.actor) || typeof(NEW.action) || typeof(NEW.detail), NEW.id, CAST(NEW.created_at AS BLOB), CAST(NEW.actor AS BLOB), CAST(NEW.action AS BLOB), NEW.procedure_id, NEW.revision, CAST(NEW.detail AS BLOB)) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER audit_sums_update AFTER UPDATE OF id, created_at, actor, action, procedure_id, revision, detail ON audit
                BEGIN UPDATE audit SET checksum = memp_checksum(typeof(NEW.created_at) || typeof(NEW.actor) || typeof(NEW.action) || typeof(NEW.detail), NEW.id, CAST(NEW.created_at AS BLOB), CAST(NEW.actor AS BLOB), CAST(NEW.action AS BLOB), NEW.procedure_id, NEW.revision, CAST(NEW.detail AS BLOB)) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER credits_sums_insert AFTER INSERT ON credits
                BEGIN UPDATE credits SET checksum = memp_checksum(typeof(NEW.context) || typeof(NEW.created_at), NEW.procedure_id, NEW.trajectory_id, NEW.revision, NEW.success, NEW.weight, NEW.outside, CAST(NEW.context AS BLOB), CAST(NEW.created_at AS BLOB)) WHERE procedure_id = NEW.procedure_id AND trajectory_id = NEW.trajectory_id; END;
CREATE TRIGGER credits_sums_update AFTER UPDATE OF procedure_id, trajectory_id, revision, success, weight, outside, context, created_at ON credits
                BEGIN UPDATE credits SET checksum = memp_checksum(typeof(NEW.context) || typeof(NEW.created_at), NEW.procedure_id, NEW.trajectory_id, NEW.revision, NEW.success, NEW.weight, NEW.outside, CAST(NEW.context AS BLOB), CAST(NEW.created_at AS BLOB)) WHERE procedure_id = NEW.procedure_id AND trajectory_id = NEW.trajectory_id; END;
CREATE TRIGGER findings_sums_insert AFTER INSERT ON findings
                BEGIN UPDATE findings SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.about) || typeof(NEW.value), CAST(NEW.scope AS BLOB), CAST(NEW.about AS BLOB), CAST(NEW.value AS BLOB), NEW.runs) WHERE scope = NEW.scope AND about = NEW.about AND value = NEW.value; END;
CREATE TRIGGER findings_sums_update AFTER UPDATE OF scope, about, value, runs ON findings
                BEGIN UPDATE findings SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.about) || typeof(NEW.value), CAST(NEW.scope AS BLOB), CAST(NEW.about AS BLOB), CAST(NEW.value AS BLOB), NEW.runs) WHERE scope = NEW.scope AND about = NEW.about AND value = NEW.value; END;
CREATE TRIGGER imported_sums_insert AFTER INSERT ON imported
                BEGIN UPDATE imported SET checksum = memp_checksum(typeof(NEW.file) || typeof(NEW.script) || typeof(NEW.how) || typeof(NEW.told) || typeof(NEW.created_at), NEW.procedure_id, CAST(NEW.file AS BLOB), CAST(NEW.script AS BLOB), CAST(NEW.how AS BLOB), CAST(NEW.told AS BLOB), CAST(NEW.created_at AS BLOB)) WHERE procedure_id = NEW.procedure_id AND file = NEW.file AND script = NEW.script; END;
CREATE TRIGGER imported_sums_update AFTER UPDATE OF procedure_id, file, script, how, told, created_at ON imported
                BEGIN UPDATE imported SET checksum = memp_checksum(typeof(NEW.file) || typeof(NEW.script) || typeof(NEW.how) || typeof(NEW.told) || typeof(NEW.created_at), NEW.procedure_id, CAST(NEW.file AS BLOB), CAST(NEW.script AS BLOB), CAST(NEW.how AS BLOB), CAST(NEW.told AS BLOB), CAST(NEW.created_at AS BLOB)) WHERE procedure_id = NEW.procedure_id AND file = NEW.file AND script = NEW.script; END;
CREATE TRIGGER imported_bindings_sums_insert AFTER INSERT ON imported_bindings
                BEGIN UPDATE imported_bindings SET checksum = memp_checksum(typeof(NEW.bindings), NEW.procedure_id, CAST(NEW.bindings AS BLOB), NEW.runs) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER imported_bindings_sums_update AFTER UPDATE OF procedure_id, bindings, runs ON imported_bindings
                BEGIN UPDATE imported_bindings SET checksum = memp_checksum(typeof(NEW.bindings), NEW.procedure_id, CAST(NEW.bindings AS BLOB), NEW.runs) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER imported_findings_sums_insert AFTER INSERT ON imported_findings
                BEGIN UPDATE imported_findings SET checksum = memp_checksum(typeof(NEW.file) || typeof(NEW.about) || typeof(NEW.value), NEW.procedure_id, CAST(NEW.file AS BLOB), CAST(NEW.about AS BLOB), CAST(NEW.value AS BLOB), NEW.runs) WHERE procedure_id = NEW.procedure_id AND file = NEW.file AND about = NEW.about AND value = NEW.value; END;
CREATE TRIGGER imported_findings_sums_update AFTER UPDATE OF procedure_id, file, about, value, runs ON imported_findings
                BEGIN UPDATE imported_findings SET checksum = memp_checksum(typeof(NEW.file) || typeof(NEW.about) || typeof(NEW.value), NEW.procedure_id, CAST(NEW.file AS BLOB), CAST(NEW.about AS BLOB), CAST(NEW.value AS BLOB), NEW.runs) WHERE procedure_id = NEW.procedure_id AND file = NEW.file AND about = NEW.about AND value = NEW.value; END;
CREATE TRIGGER keys_sums_insert AFTER INSERT ON keys
                BEGIN UPDATE keys SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.kind) || typeof(NEW.text) || typeof(NEW.extra) || typeof(NEW.template), NEW.id, CAST(NEW.scope AS BLOB), CAST(NEW.kind AS BLOB), NEW.owner, CAST(NEW.text AS BLOB), CAST(NEW.extra AS BLOB), CAST(NEW.template AS BLOB), NEW.vector_id) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER keys_sums_update AFTER UPDATE OF id, scope, kind, owner, text, extra, template, vector_id ON keys
                BEGIN UPDATE keys SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.kind) || typeof(NEW.text) || typeof(NEW.extra) || typeof(NEW.template), NEW.id, CAST(NEW.scope AS BLOB), CAST(NEW.kind AS BLOB), NEW.owner, CAST(NEW.text AS BLOB), CAST(NEW.extra AS BLOB), CAST(NEW.template AS BLOB), NEW.vector_id) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER meta_sums_insert AFTER INSERT ON meta
                BEGIN UPDATE meta SET checksum = memp_checksum(typeof(NEW.name) || typeof(NEW.value), CAST(NEW.name AS BLOB), CAST(NEW.value AS BLOB)) WHERE name = NEW.name; END;
CREATE TRIGGER meta_sums_update AFTER UPDATE OF name, value ON meta
                BEGIN UPDATE meta SET checksum = memp_checksum(typeof(NEW.name) || typeof(NEW.value), CAST(NEW.name AS BLOB), CAST(NEW.value AS BLOB)) WHERE name = NEW.name; END;
CREATE TRIGGER origins_sums_insert AFTER INSERT ON origins
                BEGIN UPDATE origins SET checksum = memp_checksum(typeof(NEW.channel) || typeof(NEW.client) || typeof(NEW.name) || typeof(NEW.batch) || typeof(NEW.created_at), NEW.id, CAST(NEW.channel AS BLOB), CAST(NEW.client AS BLOB), CAST(NEW.name AS BLOB), CAST(NEW.batch AS BLOB), CAST(NEW.created_at AS BLOB)) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER origins_sums_update AFTER UPDATE OF id, channel, client, name, batch, created_at ON origins
                BEGIN UPDATE origins SET checksum = memp_checksum(typeof(NEW.channel) || typeof(NEW.client) || typeof(NEW.name) || typeof(NEW.batch) || typeof(NEW.created_at), NEW.id, CAST(NEW.channel AS BLOB), CAST(NEW.client AS BLOB), CAST(NEW.name AS BLOB), CAST(NEW.batch AS BLOB), CAST(NEW.created_at AS BLOB)) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER pitfalls_sums_insert AFTER INSERT ON pitfalls
                BEGIN UPDATE pitfalls SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.trigger) || typeof(NEW.consequence) || typeof(NEW.instead) || typeof(NEW.created_at), NEW.id, CAST(NEW.scope AS BLOB), NEW.procedure_id, CAST(NEW.trigger AS BLOB), CAST(NEW.consequence AS BLOB), CAST(NEW.instead AS BLOB), CAST(NEW.created_at AS BLOB), NEW.imported) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER pitfalls_sums_update AFTER UPDATE OF id, scope, procedure_id, trigger, consequence, instead, created_at, imported ON pitfalls
                BEGIN UPDATE pitfalls SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.trigger) || typeof(NEW.consequence) || typeof(NEW.instead) || typeof(NEW.created_at), NEW.id, CAST(NEW.scope AS BLOB), NEW.procedure_id, CAST(NEW.trigger AS BLOB), CAST(NEW.consequence AS BLOB), CAST(NEW.instead AS BLOB), CAST(NEW.created_at AS BLOB), NEW.imported) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER procedures_sums_insert AFTER INSERT ON procedures
                BEGIN UPDATE procedures SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.signature) || typeof(NEW.origin) || typeof(NEW.tier) || typeof(NEW.status) || typeof(NEW.reason) || typeof(NEW.created_at) || typeof(NEW.updated_at) || typeof(NEW.project) || typeof(NEW.quarantine), NEW.id, CAST(NEW.scope AS BLOB), NEW.revision, NEW.trial, CAST(NEW.signature AS BLOB), CAST(NEW.origin AS BLOB), NEW.first_run, CAST(NEW.tier AS BLOB), CAST(NEW.status AS BLOB), NEW.uses, NEW.successes, NEW.outside, CAST(NEW.reason AS BLOB), CAST(NEW.created_at AS BLOB), CAST(NEW.updated_at AS BLOB), CAST(NEW.project AS BLOB), CAST(NEW.quarantine AS BLOB), NEW.hearsay) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER procedures_sums_update AFTER UPDATE OF id, scope, revision, trial, signature, origin, first_run, tier, status, uses, successes, outside, reason, created_at, updated_at, project, quarantine, hearsay ON procedures
                BEGIN UPDATE procedures SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.signature) || typeof(NEW.origin) || typeof(NEW.tier) || typeof(NEW.status) || typeof(NEW.reason) || typeof(NEW.created_at) || typeof(NEW.updated_at) || typeof(NEW.project) || typeof(NEW.quarantine), NEW.id, CAST(NEW.scope AS BLOB), NEW.revision, NEW.trial, CAST(NEW.signature AS BLOB), CAST(NEW.origin AS BLOB), NEW.first_run, CAST(NEW.tier AS BLOB), CAST(NEW.status AS BLOB), NEW.uses, NEW.successes, NEW.outside, CAST(NEW.reason AS BLOB), CAST(NEW.created_at AS BLOB), CAST(NEW.updated_at AS BLOB), CAST(NEW.project AS BLOB), CAST(NEW.quarantine AS BLOB), NEW.hearsay) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER projects_sums_insert AFTER INSERT ON projects
                BEGIN UPDATE projects SET checksum = memp_checksum(typeof(NEW.identity) || typeof(NEW.same_as) || typeof(NEW.title), CAST(NEW.identity AS BLOB), CAST(NEW.same_as AS BLOB), CAST(NEW.title AS BLOB)) WHERE identity = NEW.identity; END;
CREATE TRIGGER projects_sums_update AFTER UPDATE OF identity, same_as, title ON projects
                BEGIN UPDATE projects SET checksum = memp_checksum(typeof(NEW.identity) || typeof(NEW.same_as) || typeof(NEW.title), CAST(NEW.identity AS BLOB), CAST(NEW.same_as AS BLOB), CAST(NEW.title AS BLOB)) WHERE identity = NEW.identity; END;
CREATE TRIGGER recalls_sums_insert AFTER INSERT ON recalls
                BEGIN UPDATE recalls SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.context) || typeof(NEW.created_at), NEW.id, CAST(NEW.scope AS BLOB), NEW.words, CAST(NEW.context AS BLOB), NEW.draw, NEW.held, NEW.trajectory_id, CAST(NEW.created_at AS BLOB)) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER recalls_sums_update AFTER UPDATE OF id, scope, words, context, draw, held, trajectory_id, created_at ON recalls
                BEGIN UPDATE recalls SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.context) || typeof(NEW.created_at), NEW.id, CAST(NEW.scope AS BLOB), NEW.words, CAST(NEW.context AS BLOB), NEW.draw, NEW.held, NEW.trajectory_id, CAST(NEW.created_at AS BLOB)) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER revisions_sums_insert AFTER INSERT ON revisions
                BEGIN UPDATE revisions SET checksum = memp_checksum(typeof(NEW.script) || typeof(NEW.builder) || typeof(NEW.reason) || typeof(NEW.state) || typeof(NEW.created_at), NEW.procedure_id, NEW.number, CAST(NEW.script AS BLOB), CAST(NEW.builder AS BLOB), CAST(NEW.reason AS BLOB), CAST(NEW.state AS BLOB), CAST(NEW.created_at AS BLOB)) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER revisions_sums_update AFTER UPDATE OF procedure_id, number, script, builder, reason, state, created_at ON revisions
                BEGIN UPDATE revisions SET checksum = memp_checksum(typeof(NEW.script) || typeof(NEW.builder) || typeof(NEW.reason) || typeof(NEW.state) || typeof(NEW.created_at), NEW.procedure_id, NEW.number, CAST(NEW.script AS BLOB), CAST(NEW.builder AS BLOB), CAST(NEW.reason AS BLOB), CAST(NEW.state AS BLOB), CAST(NEW.created_at AS BLOB)) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER shown_sums_insert AFTER INSERT ON shown
                BEGIN UPDATE shown SET checksum = memp_checksum('', NEW.recall_id, NEW.procedure_id, NEW.revision, NEW.rank, NEW.similarity) WHERE recall_id = NEW.recall_id AND procedure_id = NEW.procedure_id; END;
CREATE TRIGGER shown_sums_update AFTER UPDATE OF recall_id, procedure_id, revision, rank, similarity ON shown
                BEGIN UPDATE shown SET checksum = memp_checksum('', NEW.recall_id, NEW.procedure_id, NEW.revision, NEW.rank, NEW.similarity) WHERE recall_id = NEW.recall_id AND procedure_id = NEW.procedure_id; END;
CREATE TRIGGER sightings_sums_insert AFTER INSERT ON sightings
                BEGIN UPDATE sightings SET checksum = memp_checksum('', NEW.pitfall_id, NEW.trajectory_id) WHERE pitfall_id = NEW.pitfall_id AND trajectory_id = NEW.trajectory_id; END;
CREATE TRIGGER sightings_sums_update AFTER UPDATE OF pitfall_id, trajectory_id ON sightings
                BEGIN UPDATE sightings SET checksum = memp_checksum('', NEW.pitfall_id, NEW.trajectory_id) WHERE pitfall_id = NEW.pitfall_id AND trajectory_id = NEW.trajectory_id; END;
CREATE TRIGGER sources_sums_insert AFTER INSERT ON sources
                BEGIN UPDATE sources SET checksum = memp_checksum(typeof(NEW.bindings) || typeof(NEW.found), NEW.procedure_id, NEW.trajectory_id, CAST(NEW.bindings AS BLOB), CAST(NEW.found AS BLOB)) WHERE procedure_id = NEW.procedure_id AND trajectory_id = NEW.trajectory_id; END;
CREATE TRIGGER sources_sums_update AFTER UPDATE OF procedure_id, trajectory_id, bindings, found ON sources
                BEGIN UPDATE sources SET checksum = memp_checksum(typeof(NEW.bindings) || typeof(NEW.found), NEW.procedure_id, NEW.trajectory_id, CAST(NEW.bindings AS BLOB), CAST(NEW.found AS BLOB)) WHERE procedure_id = NEW.procedure_id AND trajectory_id = NEW.trajectory_id; END;
CREATE TRIGGER trajectories_sums_insert AFTER INSERT ON trajectories
                BEGIN UPDATE trajectories SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.digest) || typeof(NEW.task) || typeof(NEW.steps) || typeof(NEW.evidence) || typeof(NEW.provenance) || typeof(NEW.context) || typeof(NEW.created_at) || typeof(NEW.project) || typeof(NEW.witness), NEW.id, CAST(NEW.scope AS BLOB), CAST(NEW.digest AS BLOB), CAST(NEW.task AS BLOB), CAST(NEW.steps AS BLOB), NEW.reward, NEW.success, CAST(NEW.evidence AS BLOB), CAST(NEW.provenance AS BLOB), NEW.tokens, NEW.length, NEW.weight, NEW.outside, CAST(NEW.context AS BLOB), CAST(NEW.created_at AS BLOB), CAST(NEW.project AS BLOB), NEW.alone, NEW.outline, NEW.origin, CAST(NEW.witness AS BLOB)) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER trajectories_sums_update AFTER UPDATE OF id, scope, digest, task, steps, reward, success, evidence, provenance, tokens, length, weight, outside, context, created_at, project, alone, outline, origin, witness ON trajectories
                BEGIN UPDATE trajectories SET checksum = memp_checksum(typeof(NEW.scope) || typeof(NEW.digest) || typeof(NEW.task) || typeof(NEW.steps) || typeof(NEW.evidence) || typeof(NEW.provenance) || typeof(NEW.context) || typeof(NEW.created_at) || typeof(NEW.project) || typeof(NEW.witness), NEW.id, CAST(NEW.scope AS BLOB), CAST(NEW.digest AS BLOB), CAST(NEW.task AS BLOB), CAST(NEW.steps AS BLOB), NEW.reward, NEW.success, CAST(NEW.evidence AS BLOB), CAST(NEW.provenance AS BLOB), NEW.tokens, NEW.length, NEW.weight, NEW.outside, CAST(NEW.context AS BLOB), CAST(NEW.created_at AS BLOB), CAST(NEW.project AS BLOB), NEW.alone, NEW.outline, NEW.origin, CAST(NEW.witness AS BLOB)) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER unfinished_sums_insert AFTER INSERT ON unfinished
                BEGIN UPDATE unfinished SET checksum = memp_checksum(typeof(NEW.process), NEW.trajectory_id, CAST(NEW.process AS BLOB)) WHERE trajectory_id = NEW.trajectory_id; END;
CREATE TRIGGER unfinished_sums_update AFTER UPDATE OF trajectory_id, process ON unfinished
                BEGIN UPDATE unfinished SET checksum = memp_checksum(typeof(NEW.process), NEW.trajectory_id, CAST(NEW.process AS BLOB)) WHERE trajectory_id = NEW.trajectory_id; END;
CREATE TRIGGER vectors_sums_insert AFTER INSERT ON vectors
                BEGIN UPDATE vectors SET checksum = memp_checksum('', NEW.id, NEW.vector) WHERE rowid = NEW.rowid; END;
CREATE TRIGGER vectors_sums_update AFTER UPDATE OF id, vector ON vectors
                BEGIN UPDATE vectors SET checksum = memp_checksum('', NEW.id, NEW.vector) WHERE rowid = NEW.rowid; END;
