"""Errors: a sentence for a reader, and fields for a program."""

import pickle

from memp.errors import NOTHING_STORED, StoreBusyError, StoreError

BUSY = StoreBusyError("Another process writes m.sqlite3", NOTHING_STORED, "try again")


def test_a_store_error_is_one_sentence_of_its_parts():
    assert str(BUSY) == "Another process writes m.sqlite3: nothing was stored; try again."
    assert (BUSY.problem, BUSY.remedy, BUSY.stored) == ("Another process writes m.sqlite3", "try again", NOTHING_STORED)


def test_a_store_error_may_be_a_whole_sentence():
    error = StoreError("There is no memory at m.sqlite3: check MEMP_DB.")
    assert str(error) == "There is no memory at m.sqlite3: check MEMP_DB."
    assert (error.remedy, error.stored) == ("", None)


def test_what_was_stored_before_the_failure_is_said_and_nothing_else_changes():
    error = BUSY.with_kept("2 records are in.").with_kept("The run is kept.")
    assert type(error) is StoreBusyError
    assert str(error) == (
        "Another process writes m.sqlite3: nothing more was stored; try again. 2 records are in. The run is kept."
    )
    assert (error.remedy, error.stored) == ("try again", "2 records are in. The run is kept.")
    assert str(StoreError("It broke.").with_kept("2 records are in.")) == "It broke. 2 records are in."


def test_a_store_error_comes_whole_out_of_another_process():
    error = pickle.loads(pickle.dumps(BUSY.with_kept("2 records are in.")))
    assert (type(error), str(error)) == (StoreBusyError, str(BUSY.with_kept("2 records are in.")))
