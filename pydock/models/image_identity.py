"""Where an image comes from and who signed it, as far as the daemon could verify it (API 1.53)."""

from __future__ import annotations

from pydantic import Field

from pydock.models._base import Model, NullList, When, wire

__all__ = ["BuildIdentity", "Identity", "PullIdentity", "SignatureIdentity", "SignatureTimestamp", "SignerIdentity"]


class SignatureTimestamp(Model):
    """A verified time of a signature."""

    type: str = ""
    """Who vouches for the time: `Tlog`, `TimestampAuthority`."""
    uri: str = wire("URI", "")
    """Where."""
    timestamp: When = None
    """The time."""


class SignerIdentity(Model):
    """What the signer's certificate says: who signed, and which build of which source."""

    certificate_issuer: str = ""
    """Who issued the certificate."""
    subject_alternative_name: str = ""
    """Whom it names."""
    issuer: str = ""
    """Who vouched for the signer's identity."""
    build_signer_uri: str = wire("BuildSignerURI", "")
    """The build instructions that signed."""
    build_signer_digest: str = ""
    """Their version."""
    runner_environment: str = ""
    """Where it was built: `github-hosted`, `self-hosted`."""
    source_repository_uri: str = wire("SourceRepositoryURI", "")
    """The source's repository."""
    source_repository_digest: str = ""
    """The source's version."""
    source_repository_ref: str = ""
    """The source's branch or tag."""
    source_repository_identifier: str = ""
    """The repository's id that does not change."""
    source_repository_owner_uri: str = wire("SourceRepositoryOwnerURI", "")
    """The repository's owner."""
    source_repository_owner_identifier: str = ""
    """The owner's id that does not change."""
    build_config_uri: str = wire("BuildConfigURI", "")
    """The build's top-level instructions."""
    build_config_digest: str = ""
    """Their version."""
    build_trigger: str = ""
    """What started the build."""
    run_invocation_uri: str = wire("RunInvocationURI", "")
    """The run of the build."""
    source_repository_visibility_at_signing: str = ""
    """`public` or `private`."""


class SignatureIdentity(Model):
    """One signature of an image."""

    name: str = ""
    """The signer in words."""
    timestamps: NullList[SignatureTimestamp] = Field(default_factory=list[SignatureTimestamp])
    """When it was signed, as far as somebody vouches."""
    known_signer: str = ""
    """A signer that the daemon knows by name: `DHI`."""
    docker_reference: str = ""
    """The image's name in the signature."""
    signer: SignerIdentity | None = None
    """What the certificate says."""
    signature_type: str = ""
    """`bundle-v0.3` or `simplesigning-v1`."""
    error: str = ""
    """Why the signature could not be verified; empty when it was."""
    warnings: NullList[str] = Field(default_factory=list[str])
    """What is odd about it."""


class PullIdentity(Model):
    """Where an image was pulled from."""

    repository: str = ""
    """The repository."""


class BuildIdentity(Model):
    """Which build made an image."""

    ref: str = ""
    """The build's id."""
    created_at: When = None
    """When it was built."""


class Identity(Model):
    """Where an image comes from."""

    signature: NullList[SignatureIdentity] = Field(default_factory=list[SignatureIdentity])
    """Its signatures."""
    pull: NullList[PullIdentity] = Field(default_factory=list[PullIdentity])
    """Where it was pulled from."""
    build: NullList[BuildIdentity] = Field(default_factory=list[BuildIdentity])
    """The builds that made it."""
