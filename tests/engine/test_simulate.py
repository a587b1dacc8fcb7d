from fakes.packs import a_noise_pack, noise, workdays
from fakes.procedures import a_clock, a_procedure, a_step
from yuzhi.engine.definition import Automatic, Procedure
from yuzhi.engine.parse import parse_pack
from yuzhi.engine.simulate import Report, simulate


def walked(procedure: Procedure, *, matters: int = 40, seed: int = 1) -> Report:
    return simulate(procedure, matters=matters, seed=seed, calendar=workdays())


def test_a_sound_procedure_is_walked_to_its_ends() -> None:
    report = walked(a_noise_pack().procedures[0], matters=120)
    assert report.is_clean
    assert set(report.ends) == {"closed", "declined"}
    assert sum(report.ends.values()) == sum(report.outcomes.values()) == 120
    assert "none" not in report.outcomes
    assert report.never_taken == ()
    assert report.clocks_breached["wait"] > 0
    assert report.clocks_started["reply"] >= 120


def test_the_same_seed_gives_the_same_walks() -> None:
    procedure = a_noise_pack().procedures[0]
    assert walked(procedure, seed=3) == walked(procedure, seed=3)
    assert walked(procedure, seed=3) != walked(procedure, seed=4)


def test_nobody_who_may_go_on_is_found_out() -> None:
    # Everybody's clock has spoken, and only the lead may act, but nobody was ever made lead.
    procedure = a_procedure(
        a_step("wait", "received", "waiting", duties=("desk",)),
        a_step("close", "waiting", "closed", scope="lead", does=("resolve",), outcomes=("solved",)),
    )
    report = walked(procedure)
    assert not report.is_clean
    assert {(stuck.state, stuck.trouble) for stuck in report.stuck} == {
        ("waiting", "nobody may do anything and no clock runs")
    }
    assert report.stuck[0].steps == ("wait",)


def test_a_matter_that_goes_round_for_ever_is_found_out() -> None:
    procedure = a_procedure(
        a_step("go", "received", "there", duties=("desk",)),
        a_step("back", "there", "received", duties=("desk",)),
        a_step("close", "there", "closed", duties=("desk",), guards=("was_reopened",)),
    )
    report = walked(procedure, matters=3)
    assert {stuck.trouble for stuck in report.stuck} == {"no end after 400 turns"}


def test_a_clock_that_can_close_a_matter_is_let_run_out() -> None:
    procedure = a_procedure(
        a_step("wait", "received", "waiting", duties=("desk",)),
        a_step("give-up", "waiting", "closed", duties=("clock",), does=("resolve",), outcomes=("explained",)),
        clocks=[a_clock("patience", "waiting", "closed", "3 workdays", automatic=(Automatic("give-up"),))],
    )
    report = walked(procedure)
    assert report.is_clean
    assert report.outcomes == {"explained": 40}
    assert report.clocks_breached == {"patience": 40}


def test_no_matters_are_no_walks() -> None:
    assert walked(a_noise_pack().procedures[0], matters=0).turns_each == 0.0


def test_an_automatic_step_that_is_refused_is_counted() -> None:
    spoilt = noise(
        ("procedures/noise.yaml", "to: closed, by: clock}", "to: closed, by: clock, guards: was_reopened}")
    )
    report = walked(parse_pack(spoilt).procedures[0], matters=80)
    assert report.automatic_skipped.get("guard.not_met", 0) > 0


def test_a_place_nobody_knows_is_found_to_stop_everybody() -> None:
    closed_in_the_ground = noise(
        ("procedures/noise.yaml", "scope: any, by: [desk, routing]", "by: [desk, routing]"),
        ("procedures/noise.yaml", "by: desk, scope: any, does: resolve", "by: desk, does: resolve"),
    )
    report = walked(parse_pack(closed_in_the_ground).procedures[0], matters=60)
    assert {stuck.state for stuck in report.stuck} == {"received"}
