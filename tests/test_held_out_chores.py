"""Families of chores in fields on which nothing was tuned: what comes back over the public face of a memory."""

from collections.abc import Sequence

import pytest

from memp.memory import ProceduralMemory
from memp.reply import recall_reply
from memp.reply.values import MatchReply

Runs = Sequence[tuple[str, Sequence[str]]]


def learnt(memory: ProceduralMemory, runs: Runs) -> list[MatchReply]:
    """The procedures that a memory has after these successes, as recall shows them."""
    for task, steps in runs:
        memory.record(task, list(steps), "success")
    found: dict[str, MatchReply] = {}
    for task, _ in runs:
        found |= {match.id: match for match in recall_reply(memory.recall(task), budget=4_000).matches}
    return list(found.values())


def bare(match: MatchReply) -> list[str]:
    """The steps without what should be seen after them."""
    return [step.split(" -> ")[0] for step in match.steps]


STACKS: Runs = [
    (
        "Add an S3 bucket called acme-logs to the staging stack",
        [
            "edit stacks/staging/main.tf: append resource aws_s3_bucket acme-logs -> ok",
            "terraform -chdir=stacks/staging init -> Terraform has been successfully initialized!",
            "terraform -chdir=stacks/staging apply -> Apply complete! Resources: 1 added.",
        ],
    ),
    (
        "Create the bucket team-media in the production stack with Terraform",
        [
            "edit stacks/production/main.tf: append resource aws_s3_bucket team-media -> ok",
            "terraform -chdir=stacks/production init -> Error: Backend configuration changed",
            "terraform -chdir=stacks/production init -reconfigure -> Terraform has been successfully initialized!",
            "terraform -chdir=stacks/production apply -> Apply complete! Resources: 1 added.",
        ],
    ),
    (
        "Add a bucket billing-exports to staging",
        [
            "edit stacks/staging/main.tf: append resource aws_s3_bucket billing-exports -> ok",
            "terraform -chdir=stacks/staging init -> Terraform has been successfully initialized!",
            "terraform -chdir=stacks/staging apply -> Apply complete! Resources: 1 added.",
        ],
    ),
]


def test_a_step_that_failed_in_one_run_is_tried_first_and_its_error_is_the_condition_of_the_other(
    memory: ProceduralMemory,
):
    (match,) = learnt(memory, STACKS)
    assert bare(match) == [
        "edit stacks/{stack}/main.tf: append resource aws_s3_bucket {bucket}",
        "terraform -chdir=stacks/{stack} init",
        "if 'Error: Backend configuration changed': terraform -chdir=stacks/{stack} init -reconfigure",
        "terraform -chdir=stacks/{stack} apply",
    ]


def test_what_one_call_passes_more_is_no_part_of_the_value_before_it(memory: ProceduralMemory):
    runs = [
        (
            "Move the deal of Nordwind AG to stage Won and tell its owner",
            [
                'crm.search({"q":"Nordwind AG"}) -> [{"id":"D-7781","owner":"u-12"}]',
                'crm.update({"id":"D-7781","stage":"Won"}) -> {"ok":true}',
                'crm.notify({"user":"u-12"}) -> {"sent":true}',
            ],
        ),
        (
            "Set the Blauholz deal to Lost and mail the owner",
            [
                'crm.search({"q":"Blauholz"}) -> [{"id":"D-9002","owner":"u-40"}]',
                'crm.update({"id":"D-9002","stage":"Lost"}) -> {"error":"reason required"}',
                'crm.update({"id":"D-9002","stage":"Lost","reason":"price"}) -> {"ok":true}',
                'crm.notify({"user":"u-40"}) -> {"sent":true}',
            ],
        ),
    ]
    (match,) = learnt(memory, runs)
    updates = [step for step in bare(match) if "crm.update" in step]
    assert updates[0].endswith('"stage":"{stage}"})') and not updates[0].startswith("if")
    assert updates[1].startswith("if ") and '"stage":"{stage}","reason":"price"' in updates[1]


def test_bare_words_that_a_task_introduces_are_values_in_one_run_too(memory: ProceduralMemory):
    runs = [
        (
            "Scale the deployment checkout in namespace shop to 5 replicas",
            [
                "kubectl -n shop scale deploy checkout --replicas=5 -> scaled",
                "kubectl -n shop rollout status deploy/checkout -> successfully rolled out",
            ],
        )
    ]
    (match,) = learnt(memory, runs)
    assert bare(match) == [
        "kubectl -n {namespace} scale deploy {deployment} --replicas={replicas}",
        "kubectl -n {namespace} rollout status deploy/{deployment}",
    ]
    assert match.goal == "Scale the deployment {deployment} in namespace {namespace} to {replicas} replicas"


def test_what_a_task_is_about_is_no_value(memory: ProceduralMemory):
    runs = [
        (
            "Create a systemd timer that runs backup.sh every night",
            ["install -m 755 backup.sh /opt/backup.sh -> ", "systemctl enable --now backup.timer -> Created symlink"],
        )
    ]
    (match,) = learnt(memory, runs)
    assert "timer that runs {" in match.goal and "{now}" not in " ".join(match.steps) and "{run}" not in match.goal


def test_a_command_on_another_machine_is_read_like_any_other(memory: ProceduralMemory):
    runs = [
        (
            "The container web keeps restarting on host db-3; get it up",
            [
                "ssh db-3 docker logs --tail 50 web -> java.lang.OutOfMemoryError: Java heap space",
                "ssh db-3 docker update --memory 1g web -> web",
                "ssh db-3 docker restart web -> web",
            ],
        )
    ]
    (match,) = learnt(memory, runs)
    assert bare(match)[-2:] == [
        "ssh {host} docker update --memory 1g {container}",
        "ssh {host} docker restart {container}",
    ]
    assert match.pitfalls == [], "a log that was read is no failed step"


def test_a_value_of_several_parts_is_one_within_a_name_too(memory: ProceduralMemory):
    runs = [
        (
            "Restore the snapshot snap-4 into the new database orders-copy",
            [
                "rds restore --snapshot snap-4 --name orders-copy -> creating",
                "psql -h orders-copy.db.test -c 'select count(*) from orders' -> 5512",
            ],
        )
    ]
    (match,) = learnt(memory, runs)
    assert bare(match)[-1].startswith("psql -h {database}.db.test")


def test_one_of_a_list_is_found_out_and_how_is_told(memory: ProceduralMemory):
    task = "One of the servers {}, {} or {} has a full disk. Empty its log folder."
    runs = [
        (
            task.format("alpha", "beta", "gamma"),
            ["ssh alpha df -h / -> 41%", "ssh beta df -h / -> 99%", "ssh beta rm -rf /var/log/old -> "],
        ),
        (task.format("db1", "db2", "db3"), ["ssh db1 df -h / -> 98%", "ssh db1 rm -rf /var/log/old -> "]),
        (
            task.format("web", "mail", "proxy"),
            [
                "ssh web df -h / -> 31%",
                "ssh mail df -h / -> 33%",
                "ssh proxy df -h / -> 97%",
                "ssh proxy rm -rf /var/log/old -> ",
            ],
        ),
    ]
    (match,) = learnt(memory, runs)
    assert match.steps[-1].startswith("ssh {choice} rm -rf /var/log/old")
    assert any("df -h" in step for step in match.steps)
    assert "found out" in match.parameters["choice"]


def test_all_of_a_list_are_no_choice(memory: ProceduralMemory):
    runs = [
        ("Paint the fence, the gate and the door", [f"paint {thing} -> ok" for thing in ("fence", "gate", "door")]),
        ("Install curl, git and jq", ["apt-get update -> ok", "apt-get install -y curl git jq -> done"]),
    ]
    assert all("choice" not in match.parameters for match in learnt(memory, runs))


PORTS: Runs = [
    (
        "Put port 14 of switch sw-2 into VLAN 30",
        [
            "ssh admin@sw-2 -> sw-2>",
            "interface GigabitEthernet1/0/14 -> sw-2(config-if)#",
            "switchport mode access -> ",
            "switchport access --vlan=30 -> ",
            "write memory -> [OK]",
        ],
    ),
    (
        "Port 22 of switch sw-3 belongs into VLAN 40",
        [
            "ssh admin@sw-3 -> sw-3>",
            "interface GigabitEthernet1/0/22 -> sw-3(config-if)#",
            "switchport access --vlan=40 -> ",
            "write memory -> [OK]",
        ],
    ),
]


@pytest.mark.parametrize("runs", [PORTS, PORTS[::-1]])
def test_another_verb_does_not_tell_two_kinds_apart_where_one_run_only_does_more(memory: ProceduralMemory, runs: Runs):
    (match,) = learnt(memory, runs)
    assert bare(match) == [
        "ssh admin@{switch}",
        "interface GigabitEthernet1/0/{port}",
        "switchport mode access (1 of 2 runs)",
        "switchport access --vlan={vlan}",
        "write memory",
    ]


def test_elements_of_a_page_have_other_marks_on_each_visit(memory: ProceduralMemory):
    def run(verb: str, day: str, first: int, dialog: str = "") -> tuple[str, list[str]]:
        page = f'{dialog}link "Book" [ref=e{first + 1}]'
        form = f'combobox "Day" [ref=e{first + 8}], button "Send" [ref=e{first + 9}]'
        accept = f'click {{"ref":"e{first}"}} -> link "Book" [ref=e{first + 1}]'
        return f"{verb} a desk for {day} on desks.corp.test", [
            f'open {{"url":"https://desks.corp.test"}} -> {page}',
            *([accept] if dialog else []),
            f'click {{"ref":"e{first + 1}"}} -> {form}',
            f'select {{"ref":"e{first + 8}","values":["{day}"]}} -> ok',
            f'click {{"ref":"e{first + 9}"}} -> Reserved',
        ]

    asked = 'dialog "Cookies": button "Accept" [ref=e40] '
    (match,) = learnt(memory, [run("Book", "Tuesday", 12), run("Reserve", "Friday", 40, asked)])
    assert [step.rpartition("': ")[2] for step in bare(match)] == [
        'open {"url":"https://desks.corp.test"}',
        'click {"ref":"[button \'Accept\']"}',
        'click {"ref":"[link \'Book\']"}',
        'select {"ref":"[combobox \'Day\']","values":["{item}"]}',
        'click {"ref":"[button \'Send\']"}',
    ]


def test_a_quotation_with_values_of_the_task_in_it_is_no_text_of_its_own(memory: ProceduralMemory):
    def load(table: str, more: str) -> list[str]:
        return [
            f"bq load{more} {table}_tmp s3://lake/{table}/x.parquet -> Loaded",
            f"bq query 'MERGE {table} t USING {table}_tmp s ON t.id=s.id WHEN NOT MATCHED THEN INSERT ROW' -> done",
            f"bq rm -f -t {table}_tmp -> ",
        ]

    runs = [
        ("Load the new rows into the table shop.orders", load("shop.orders", "")),
        ("Please load what came in into the table shop.refunds", load("shop.refunds", "")),
    ]
    (match,) = learnt(memory, runs)
    assert "bq query 'MERGE {table} t USING {table}_tmp s ON t.id=s.id WHEN NOT MATCHED THEN INSERT ROW'" in bare(match)


def test_a_substitution_has_what_it_replaces_and_by_what(memory: ProceduralMemory):
    def run(old: str, new: str, task: str) -> tuple[str, list[str]]:
        return task, [
            f"sed -i 's/{old}/{new}/g' src/a.py -> ",
            f"git commit -am 'Rename {old} to {new}' -> [main 1a2b]",
        ]

    runs = [
        run("get_user", "fetch_user", "Rename the function get_user to fetch_user across the package"),
        run("parse_date", "read_date", "Rename parse_date into read_date everywhere"),
    ]
    (match,) = learnt(memory, runs)
    assert bare(match)[0] == "sed -i 's/{function}/{name}/g' src/a.py"


def test_an_internet_address_is_no_version(memory: ProceduralMemory):
    runs = [("Point shop.acme.test to 203.0.113.7", ["cli53 create shop.acme.test A 203.0.113.7 -> Created record"])]
    (match,) = learnt(memory, runs)
    assert bare(match) == ["cli53 create {host} A {address}"]


def test_the_noun_of_an_identifier_is_no_value(memory: ProceduralMemory):
    def run(task: str, name: str, key: str) -> tuple[str, list[str]]:
        return task, [
            f"wg genkey > {name}.key -> ",
            f"wg set wg0 peer {name} level=Floor key {key} -> ",
            f"wg-quick save {name} -> saved",
        ]

    runs = [
        run("Set up the WireGuard peer laptop-7 for floor 3", "laptop-7", "a"),
        run("Add phone-2 as WireGuard peer phone-2 on the 5th floor", "phone-2", "a"),
    ]
    (match,) = learnt(memory, runs)
    (step,) = (step for step in bare(match) if step.startswith("wg set"))
    assert step.startswith("wg set wg0 peer {") and "level=Floor" in step


def test_a_method_is_no_value_of_a_task_that_has_its_word(memory: ProceduralMemory):
    runs = [
        ("Plot the mean of sales from shop.csv", ["d = read('shop.csv')['sales'].mean() -> ", "plot(d) -> ok"]),
        ("Plot the mean of rain from days.csv", ["d = read('days.csv')['rain'].mean() -> ", "plot(d) -> ok"]),
    ]
    (match,) = learnt(memory, runs)
    assert bare(match)[0] == "d = read('{file}')['{item}'].mean()"


def test_who_gets_no_answer_makes_what_was_looked_for(memory: ProceduralMemory):
    def run(task: str, name: str, answer: str, vendor: str) -> tuple[str, list[str]]:
        create = [f"ledger.create_vendor name='{name}' -> vendor {vendor}"] if answer == "none" else []
        return task, [
            f"ledger.find_vendor name='{name}' -> {answer}",
            *create,
            f"ledger.book_invoice vendor={vendor} account=4980 -> booked",
        ]

    runs = [
        run("Book the invoice of vendor 'Blauholz GmbH'", "Blauholz GmbH", "vendor V-77", "V-77"),
        run("Book what vendor 'Seewind KG' sent", "Seewind KG", "none", "V-90"),
    ]
    (match,) = learnt(memory, runs)
    (step,) = (step for step in bare(match) if "create_vendor" in step)
    assert step.startswith("if 'none': ledger.create_vendor")


def test_a_command_that_needs_another_one_before_it_is_tried_first(memory: ProceduralMemory):
    runs = [
        (
            "Release Android 2.4.1 to beta",
            [
                'sed -i \'s/version "2.4.0"/version "2.4.1"/\' app/build.gradle -> ',
                "./gradlew bundle -> BUILD SUCCESSFUL",
                "fastlane supply --track beta -> uploaded",
            ],
        ),
        (
            "Ship Android 2.5.0 to production",
            [
                'sed -i \'s/version "2.4.1"/version "2.5.0"/\' app/build.gradle -> ',
                "./gradlew bundle -> FAILURE: Build failed with an exception. Keystore file not found",
                "export KEYSTORE=$HOME/release.jks && ./gradlew bundle -> BUILD SUCCESSFUL",
                "fastlane supply --track production -> uploaded",
            ],
        ),
    ]
    (match,) = learnt(memory, runs)
    assert bare(match)[1:3] == [
        "./gradlew bundle",
        "if 'Keystore file not found': export KEYSTORE=$HOME/release.jks && ./gradlew bundle",
    ]


def test_a_line_that_sets_a_variable_is_no_look_whatever_the_variable_is_called(memory: ProceduralMemory):
    def run(column: str, file: str) -> tuple[str, list[str]]:
        return f"Plot the mean of {column} by month from {file}", [
            f"df = pd.read_csv('{file}') -> ",
            "df['date'] = pd.to_datetime(df['date']) -> ",
            f"df.drop(columns=['x'], inplace=True); plt.plot(df['{column}']); plt.savefig('{column}.png') -> ",
        ]

    (match,) = learnt(memory, [run("rain", "days.csv"), run("sales", "shop.csv")])
    assert bare(match) == [
        "df = pd.read_csv('{file}')",
        "df['date'] = pd.to_datetime(df['date'])",
        "df.drop(columns=['x'], inplace=True); plt.plot(df['{item}']); plt.savefig('{item}.png')",
    ]


def test_what_all_runs_do_again_is_a_step_each_time(memory: ProceduralMemory):
    def run(task: str, name: str) -> tuple[str, list[str]]:
        again = f"pdflatex {name}.tex -> Output written on {name}.pdf"
        return task, [again, f"bibtex {name} -> Database file #1: refs.bib", again, again]

    runs = [
        run("Build thesis.tex with its bibliography", "thesis"),
        run("Compile paper.tex and its references", "paper"),
    ]
    (match,) = learnt(memory, runs)
    steps = bare(match)
    assert len(steps) == 4 and steps[0] == steps[2] == steps[3] and steps[1].startswith("bibtex {")


def test_a_name_with_a_value_in_it_is_general_also_where_one_run_alone_has_it(memory: ProceduralMemory):
    def run(task: str, table: str, *more: str) -> tuple[str, list[str]]:
        return task, [*more, f"bq cp {table} {table}_tmp -> ok", f"bq query --into {table}_tmp -> done"]

    failed = "bq load --format=PARQUET shop.refunds_tmp -> Error: Schema mismatch"
    relaxed = "bq load --format=PARQUET --relax shop.refunds_tmp -> Loaded"
    runs = [
        run("Load the table shop.orders", "shop.orders", "bq load --format=PARQUET shop.orders_tmp -> Loaded"),
        run("Load the table shop.refunds", "shop.refunds", failed, relaxed),
    ]
    (match,) = learnt(memory, runs)
    assert bare(match)[:2] == [
        "bq load --format=PARQUET {table}_tmp",
        "if 'Error: Schema mismatch': bq load --format=PARQUET --relax {table}_tmp",
    ]


def test_a_task_without_spaces_names_values_as_well(memory: ProceduralMemory):
    def run(task: str, name: str, number: str, record: str) -> tuple[str, list[str]]:
        return task, [
            f'crm.search(name="{name}") -> id={record}',
            f'crm.update(id={record}, phone="{number}") -> 成功',
            f'sms.send(to="{number}", text="手机号已更新") -> 已发送',
        ]

    runs = [
        run("把客户王伟的手机号改成13800001111", "王伟", "13800001111", "5521"),
        run("请将李娜的手机号更新为13922223333", "李娜", "13922223333", "7780"),
    ]
    (match,) = learnt(memory, runs)
    steps = bare(match)
    assert not any(text in step for step in steps for text in ("王伟", "李娜", "13800001111", "13922223333"))
    assert "手机号已更新" in steps[2] and "{" in match.goal


def test_a_decimal_number_is_no_version(memory: ProceduralMemory):
    def run(thing: str, place: str) -> tuple[str, list[str]]:
        return f"Fetch the {thing}", [f"detect {thing} -> at ({place})", f"grasp({place}) -> holding"]

    (match,) = learnt(memory, [run("cup", "0.4, 1.2, 0.8"), run("bottle", "0.1, 0.9, 1.1")])
    assert not any("version" in step for step in match.steps)


def test_where_something_is_to_be_found_out_what_was_looked_at_is_told(memory: ProceduralMemory):
    runs = [
        (
            f"Find out why the job {job} on host {host} did not run and get it going",
            [
                f"ssh {host} systemctl status {job} -> inactive (dead)",
                f"ssh {host} journalctl -u {job} -n 50 -> Failed to start: No space left on device",
                f"ssh {host} journalctl --vacuum-size=500M -> freed 2G",
                f"ssh {host} systemctl start {job} -> started",
            ],
        )
        for job, host in (("nightly", "n4"), ("weekly", "n9"))
    ]
    (match,) = learnt(memory, runs)
    assert bare(match)[:2] == ["ssh {host} systemctl status {job}", "ssh {host} journalctl -u {job} -n 50"]
    assert match.pitfalls == []
