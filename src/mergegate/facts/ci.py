"""The section `ci` of params.yaml: where and when a long training runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
_OWN = {"--labels", "--name", "--repo", "--reuse", "--reuse-idle", "--single", "--token"}
"""What names the one run that a machine is for: it is the workflow's to say."""


def _no_own(option: str) -> str:
    if option.partition("=")[0] in _OWN:
        raise ValueError("the workflow sets it itself")
    return option


Option = Annotated[str, Field(pattern=r"^--[a-z][a-z0-9-]*(=[^\s\x00]+)?$"), AfterValidator(_no_own)]
"""An option of `cml runner launch`."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class StageCi(_Part):
    """The machine of one stage."""

    runs_on: Annotated[Label | None, Field(alias="runs-on")] = None
    """The label of the runner that it wants."""
    cml: tuple[Option, ...] = ()
    """Options of `cml runner launch` that bring such a runner up."""

    @model_validator(mode="after")
    def _whole(self) -> StageCi:
        if self.cml and not self.runs_on:
            raise ValueError("`cml` brings up a machine with a label: give it as `runs-on`")
        # Without a cloud the command makes a runner of the machine that it is called on: GitHub's.
        if self.cml and not any(option.startswith("--cloud=") for option in self.cml):
            raise ValueError("`cml` needs `--cloud=aws`, `azure`, `gcp` or `kubernetes`: where to bring the machine up")
        return self


class RetrainCi(_Part):
    """How often new data is fetched and trained on."""

    every: Annotated[str, Field(pattern=r"^[1-9][0-9]?w$")]
    """A number of weeks: `1w`, `2w` ..."""
    data: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(("data.dvc",), min_length=1)
    """The tracked files that name the data: the last commit that changed one of them is the last retraining."""

    @property
    def weeks(self) -> int:
        """How many weeks one period has."""
        return int(self.every.removesuffix("w"))


class Ci(_Part):
    """Where and when stages run in CI."""

    train: Literal["pull-request", "schedule"] = "pull-request"
    """Whether a pull request trains, or leaves that to the scheduled training."""
    training: tuple[str, ...] = ("train",)
    """The stages that are training, by name."""
    stages: dict[str, StageCi] = Field(default_factory=dict)
    """By name of the stage."""
    retrain: RetrainCi | None = None
    """The schedule of the retraining; None where there is none."""

    def of_stage(self, address: str) -> StageCi:
        """What is said of a stage; `train@1` and `sub/dvc.yaml:train` are `train`, unless they are named themselves."""
        return self.stages.get(address) or self.stages.get(plain_name(address)) or StageCi()

    def scheduled(self, address: str) -> bool:
        """Whether a pull request leaves this stage to the scheduled training."""
        return self.train == "schedule" and (address in self.training or plain_name(address) in self.training)


def plain_name(address: str) -> str:
    """The name of a stage without its file and its number."""
    return address.rpartition(":")[2].partition("@")[0]
