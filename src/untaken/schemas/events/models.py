"""Models: training, its gate, and which model serves."""

from typing import Annotated, Literal

from pydantic import Field

from untaken.schemas.base import Event, Part
from untaken.schemas.events.learning import Window
from untaken.schemas.kinds import MAX_LIST, Confidence, FreeMap, Name, Progress, Text

Number = Annotated[float, Field(allow_inf_nan=False)]


class ModelScope(Part):
    """What a model serves; all where both are left out."""

    symbol: Name | None = Field(default=None, description="Symbol it serves.")
    timeframe: Name | None = Field(default=None, description="Candle interval it serves.")


class GateCriterion(Part):
    """One criterion of the gate."""

    criterion: Name = Field(description="Name of the criterion.")
    value: Number = Field(description="The model's figure, in the criterion's unit.")
    limit: Number = Field(description="What was demanded.")
    passed: bool = Field(description="Whether it was met.")


Gate = Annotated[list[GateCriterion], Field(max_length=MAX_LIST)]


class RetrainRequested(Event):
    """A model is to be trained anew."""

    type: Literal["retrain.requested"] = Field(default="retrain.requested", description="Event type.")
    scope: ModelScope = Field(description="What is to be trained.")
    trigger: Name = Field(description="What asked for it.")
    evidence: FreeMap | None = Field(default=None, description="The figures behind it.")
    emphasis: FreeMap | None = Field(default=None, description="What is to weigh more.")


class TrainingProgressed(Event):
    """A training job has come further."""

    type: Literal["training.progressed"] = Field(default="training.progressed", description="Event type.")
    job_id: Name = Field(description="Id of the job.")
    status: Name = Field(description="What it is doing.")
    progress_pct: Progress = Field(description="How far it is; percent.")
    symbol: Name | None = Field(default=None, description="Symbol in training.")
    avg_roc_auc: Confidence | None = Field(
        default=None, description="Mean area under the curve so far, 0 to 1."
    )


class ModelTrained(Event):
    """A model has been trained and measured on a later window."""

    type: Literal["model.trained"] = Field(default="model.trained", description="Event type.")
    job_id: Name = Field(description="Id of the job.")
    model_version: Name = Field(description="Version of the model.")
    scope: ModelScope = Field(description="What it serves.")
    data_digest: Name = Field(description="Digest of the training data.")
    model_digest: Name = Field(description="Digest of the model.")
    train_window: Window = Field(description="Span it was trained on.")
    test_window: Window = Field(description="Span it was measured on.")
    metrics: FreeMap = Field(description="Its figures, by name.")


class ModelDeployed(Event):
    """A model serves from now on; a bot that trains elsewhere has no gate to report."""

    type: Literal["model.deployed"] = Field(default="model.deployed", description="Event type.")
    model_version: Name = Field(description="Version of the model.")
    gate: Gate | None = Field(default=None, description="Criteria of the gate.")
    baseline: FreeMap | None = Field(default=None, description="Figures that later ones are held against.")


class ModelRejected(Event):
    """A model did not pass the gate."""

    type: Literal["model.rejected"] = Field(default="model.rejected", description="Event type.")
    model_version: Name = Field(description="Version of the model.")
    gate: Gate = Field(description="Criteria of the gate.")
    baseline: FreeMap | None = Field(default=None, description="Figures that it was held against.")


class ModelRolledBack(Event):
    """An earlier model serves again."""

    type: Literal["model.rolled_back"] = Field(default="model.rolled_back", description="Event type.")
    to: Name = Field(description="Version that serves again.")
    reason: Text = Field(description="Why; text.")
