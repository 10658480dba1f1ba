"""Hold domain/README.md to what the code says: its catalogue is never older than the events."""

import re
from importlib import import_module

from domain.kernel.ids import derived_id
from domain.log.catalogue import AGGREGATES, catalogue
from domain.phases.actuals import Stage
from tests.docs.catalogue import README, commands, with_block


def test_the_catalogue_in_the_readme_is_what_the_code_says() -> None:
    written = README.read_text(encoding="utf-8")
    assert written == with_block(written), "run `python -m tests.docs.catalogue`"


def test_every_event_and_request_says_in_one_sentence_what_it_means() -> None:
    models = [*catalogue().models.values(), *commands()]
    assert len(models) > 90
    for model in models:
        assert model.__doc__, model
        assert model.__doc__.strip().endswith("."), model


def test_every_event_is_named_after_its_stream_and_in_the_past_tense() -> None:
    name = re.compile(
        r"(calendar|project|plan|phase|department|resource|commitment|conflict|branch|requirement"
        r"|item|report|estimate|rate|contract|request|meeting|inquiry|notice|publication|dispute)"
        r"\.[a-z_]+\.v1"
    )
    irregular = {"made", "met", "sent", "held", "set", "given", "withdrawn"}
    with_an_object = {"issued_to_phase", "returned_from_phase"}
    for aggregate in AGGREGATES:
        for event in import_module(f"domain.{aggregate}.events").EVENTS:
            assert name.fullmatch(event.type_name), event
            said = event.type_name.split(".")[1]
            verb = said.split("_")[0 if said in with_an_object else -1]
            assert verb.endswith("ed") or verb in irregular, event


def test_every_decider_decides_all_requests_and_folds_all_events_of_its_folder() -> None:
    for aggregate in AGGREGATES:
        decider = import_module(f"domain.{aggregate}.decisions").DECIDER
        assert decider.commands == import_module(f"domain.{aggregate}.commands").COMMANDS
        assert decider.events == import_module(f"domain.{aggregate}.events").EVENTS
        for command in decider.commands:
            ids = {
                name: "x"
                for name in command.model_fields
                if name.endswith("_id") or name in {"period", "target"}
            }
            stream = command.model_construct(**ids).stream()
            # What is about one event has an id derived from the event's.
            its_id = derived_id("", "x") if "target" in ids else "x"
            assert stream.startswith(f"{decider.category}-{its_id}"), command


def test_the_readme_names_every_stage_of_a_phase() -> None:
    text = README.read_text(encoding="utf-8").lower()
    assert [stage.value for stage in Stage if stage.value not in text] == []
