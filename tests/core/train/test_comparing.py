import dataclasses

from core.augment.config import AugmentConfig
from core.train.comparing import Difference, curves_of, differences, readable
from core.train.config import TrainConfig
from core.train.moments import EPOCH, STRENGTH
from core.train.presets import PRESETS
from core.train.runs import Run

BASE = TrainConfig(architecture="fast_cnn", image_size=28)


def run_of(dataset="digits@1", name="", **settings):
    return Run("a-run", dataset, dataclasses.replace(BASE, **settings), name, figures={"val_accuracy": 0.5})


def test_only_settings_that_differ_are_told_and_nothing_of_names_or_figures():
    runs = [
        run_of(name="one", learning_rate=1e-3, batch_size=32),
        run_of(name="two", learning_rate=1e-3, batch_size=64),
        run_of(dataset="digits@2", batch_size=64, early_stopping_patience=3),
    ]

    assert differences(runs) == [
        Difference("dataset", ("digits@1", "digits@1", "digits@2")),
        Difference("batch_size", ("32", "64", "64")),
        Difference("early_stopping_patience", ("none", "none", "3")),
    ]


def test_runs_with_the_same_settings_do_not_differ():
    assert differences([run_of(), run_of(name="again")]) == []
    assert differences([run_of()]) == differences([]) == []


def test_an_option_left_at_its_default_is_the_option_set_to_it():
    filters = {"filters": 7}
    default = run_of(architecture_options={})
    spelt_out = run_of(architecture_options={"filters": 16})
    other = run_of(architecture_options=filters)

    assert differences([default, spelt_out]) == []
    assert differences([default, other]) == [Difference("architecture_options.filters", ("16", "7"))]


def test_an_option_that_only_one_of_two_networks_has_is_absent_in_the_other():
    found = {one.field: one.values for one in differences([run_of(), run_of(architecture="textbook_cnn")])}

    assert found["architecture"] == ("Fast CNN", "Textbook CNN")
    assert found["architecture_options.filters"][1] == "–"


def test_augmentation_is_told_by_operation_and_its_order_only_where_that_differs():
    turned = run_of(augment=AugmentConfig([("rotation", 0.1)]))
    both = run_of(augment=AugmentConfig([("rotation", 0.1), ("zoom", 0.2, 0.5)]))
    swapped = run_of(augment=AugmentConfig([("zoom", 0.2, 0.5), ("rotation", 0.1)]))

    assert differences([turned, both]) == [Difference("augment.zoom", ("–", "0.2 for 50 %"))]
    assert differences([both, swapped]) == [Difference("augment", ("rotation, zoom", "zoom, rotation"))]


def test_a_choice_of_classes_is_a_list_in_words():
    assert differences([run_of(), run_of(classes=("cat", "dog"))]) == [Difference("classes", ("all", "cat, dog"))]


EPOCHS = [{"epoch": number, "val_loss": 1 / number, "val_accuracy": number / 4} for number in (1, 2, 3)]
STRENGTHS = [
    {"epoch": 1, "strength": 1.0, "val_loss": 0.9, "val_accuracy": 0.5},
    {"epoch": 2, "strength": 10.0, "val_loss": 0.2, "val_accuracy": 0.9},
    {"epoch": 3, "strength": 100.0, "val_loss": 0.4, "val_accuracy": 0.8},
]


def test_strengths_are_never_drawn_as_epochs():
    network, head = run_of(), dataclasses.replace(run_of(), config=PRESETS["quick"].config)

    unit, (line, level) = curves_of([network, head], [EPOCHS, STRENGTHS])
    assert unit == EPOCH
    assert [(one["at"], one["val_accuracy"], one["level"]) for one in line] == [
        (1, 0.25, False), (2, 0.5, False), (3, 0.75, False)
    ]  # fmt: skip
    assert [(one["at"], one["val_accuracy"], one["level"]) for one in level] == [(0, 0.9, True), (3, 0.9, True)]

    unit, lines = curves_of([head, head], [STRENGTHS, STRENGTHS[1:2]])
    assert unit == STRENGTH
    assert [[(one["at"], one["val_loss"]) for one in line] for line in lines] == [
        [(1.0, 0.9), (10.0, 0.2), (100.0, 0.4)], [(10.0, 0.2)]
    ]  # fmt: skip


def test_runs_that_have_not_said_anything_have_no_points():
    network, head = run_of(), dataclasses.replace(run_of(), config=PRESETS["quick"].config)

    assert curves_of([network, head], [[], []]) == (EPOCH, [[], []])
    assert curves_of([network, head], [[], STRENGTHS])[1][1][-1]["at"] == 1


def test_settings_are_told_in_the_words_of_people():
    told = dict(readable(run_of(optimizer="adamw", augment=AugmentConfig((("rotation", 0.1),)), ema_momentum=0.9)))

    assert told["Network"] == "Fast CNN"
    assert told["Optimizer"] == "AdamW"
    assert told["Average weights with momentum"] == "0.9"
    assert told["Augment: rotation"] == "0.1"
    assert not [name for name in told if "_" in name]
    head = dict(readable(dataclasses.replace(run_of(), config=PRESETS["quick"].config)))
    assert "Learning rate" not in head, "it means nothing there"
    assert head["What is learnt"] == "The last layer, from the embeddings of the images"
