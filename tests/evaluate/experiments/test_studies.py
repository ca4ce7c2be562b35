"""The studies: each compares with no memory and with the paper's arm."""

from memp.evaluate.experiments.studies import STUDIES


def test_every_study_compares_with_no_memory_and_with_the_papers_arm():
    for study in STUDIES.values():
        for group in study.groups:
            names = [arm.name for arm in group.arms]
            by_name = dict(zip(names, group.arms, strict=True))
            assert by_name[group.none].contents is None and by_name[group.paper].retrieve == "facts"
            players = {(arm.noise, arm.limit, arm.fault) for arm in group.arms}
            assert len(players) == 1, "the same agent and the same trouble in all arms of a group"
        assert len({arm.name for arm in study.arms}) == len(study.arms)
