"""Two hundred interleavings of orders by two writers: the outcome is one function of the newest records."""

from collections import Counter

from streams import release
from tests.streams.fakes import Runner, as_records
from tests.streams.ordered import REPORTS, Effect, World, compacted, custody_of, expected, played
from tests.streams.test_release import MASTER, living

INTERLEAVINGS = 200


def shown(world: World) -> set[str]:
    """The reports' own agencies that find theirs, with the seals that stand."""
    releasing = Runner(release.stage(MASTER, 1, sealed=custody_of(world.topic).sealed))
    releasing(as_records(world.resolve.topics["incidents"]))
    return {key.split("/")[0] for key in living(releasing)} - {"internal"}


def check(world: World) -> Counter[str]:
    """Hold a world that is settled against the rule; count what there was of each case."""
    seen: Counter[str] = Counter()
    for records in (world.topic, compacted(world.topic)):
        custody = custody_of(records)
        for name in REPORTS:
            one, rule = custody.on(name), expected(records, name)
            assert Effect(one.held, one.sealed, one.purged) == rule
            assert one.final == (name in world.effected), "what was erased is final, and nothing else"
    effects = {name: expected(world.topic, name) for name in REPORTS}
    assert world.living() == {name for name in world.accepted if not effects[name].purged}
    assert shown(world) == {name.split(":")[0] for name in world.living() if not effects[name].sealed}
    for name, effect in effects.items():
        seen.update({"held": effect.held, "sealed": effect.sealed, "purged": effect.purged, "living": 0})
        seen["living"] += name in world.living()
        seen["waiting"] += custody_of(world.topic).on(name).waiting
    return seen


def test_the_outcome_of_any_interleaving_is_one_function_of_the_newest_records() -> None:
    seen: Counter[str] = Counter()
    for seed in range(INTERLEAVINGS):
        world = played(seed)
        seen += check(world)
        # Once more from nothing: a rebuild gives the same.
        before = world.living()
        world.compact()
        world.die()
        world.settle()
        assert world.living() == before
        check(world)

    assert min(seen[name] for name in ("held", "sealed", "purged", "living", "waiting")) > 20, seen
