# SPDX-License-Identifier: Apache-2.0
"""Bringing a deployment to a host: fetch the manifest, then what its drivers need, then say who does what."""

from pathlib import Path

from msgspec import Struct

from levada.core.artefact import link_or_copy
from levada.core.errors import DependencyError, ManifestError, NotRegisteredError
from levada.core.interfaces import Driver, Network
from levada.core.manifests import CardDeployment, Deployment
from levada.core.plugins import Registry
from levada.core.versions import decode
from levada.runtime.agent.hold import Assignment
from levada.runtime.agent.vault import Intake, Vault
from levada.runtime.protocol.messages import Want

EMULATED = "emulated"


class Order(Struct, frozen=True, kw_only=True):
    """Which deployment a host is to load: the digest and size of its manifest, and whether its cards are emulated."""

    deployment: str
    size: int
    emulate: bool


class Site(Struct, frozen=True, kw_only=True):
    """Which host this is, and the address on which other machines reach it, None where none does."""

    host: str
    address: str | None


class Loading:
    """One deployment on its way to one host."""

    def __init__(self, order: Order, site: Site, vault: Vault, registry: Registry) -> None:
        """Want the manifest first."""
        self.order, self._site, self._vault, self._registry = order, site, vault, registry
        self._intake = Intake(vault)
        self._intake.need(order.deployment, order.size)
        self._manifest: Deployment | None = None
        self.drivers: tuple[str, ...] = ()
        self._read_manifest()

    def put(self, sha256: str, offset: int, content: bytes) -> None:
        """Take a piece of a blob."""
        self._intake.put(sha256, offset, content)
        self._read_manifest()

    def ask(self) -> tuple[Want, ...]:
        """Return the next pieces to bring."""
        return self._intake.ask()

    @property
    def complete(self) -> bool:
        """Say whether everything is here."""
        return self._intake.complete

    def assignments(self, folder: Path) -> tuple[Assignment, ...]:
        """Return what each card of this host has to do; payloads are linked into ``folder`` by their names."""
        deployment = self._deployment()
        for name in self._needs(deployment):
            link_or_copy(self._vault.path(deployment.files[name].sha256), folder / name)
        self._vault.prune(blob.sha256 for blob in deployment.files.values())
        return tuple(
            Assignment(
                card=card,
                deployment=deployment,
                payloads=folder,
                driver=self._driver(card),
                network=self._network(card, deployment),
                address=self._site.address,
            )
            for card in self._cards(deployment)
        )

    def abandon(self) -> None:
        """Forget what was on its way."""
        self._intake.abandon()

    def _read_manifest(self) -> None:
        """Once the manifest is here, want what the drivers need, and check that drivers and network are installed."""
        if self._manifest is not None or not self._intake.complete:
            return
        deployment = self._deployment()
        cards = self._cards(deployment)
        self.drivers = tuple(self._driver(card).name for card in cards)
        for card in cards:
            self._network(card, deployment)
        for name in self._needs(deployment):
            self._intake.need(deployment.files[name].sha256, deployment.files[name].size)
        self._manifest = deployment

    def _deployment(self) -> Deployment:
        if self._manifest is not None:
            return self._manifest
        path = self._vault.path(self.order.deployment)
        manifest, _ = decode(path.read_bytes(), path)
        if not isinstance(manifest, Deployment):
            msg = f"expected a deployment to load, got a {type(manifest).__name__}"
            raise ManifestError(msg)
        return manifest

    def _cards(self, deployment: Deployment) -> tuple[CardDeployment, ...]:
        cards = tuple(card for card in deployment.cards if card.host == self._site.host)
        if not cards:
            hosts = ", ".join(sorted({card.host for card in deployment.cards}))
            msg = f"deployment {deployment.name!r} has no card on host {self._site.host!r}; its hosts are {hosts}"
            raise ManifestError(msg)
        return cards

    def _needs(self, deployment: Deployment) -> tuple[str, ...]:
        needs = {name: card.name for card in self._cards(deployment) for name in self._driver(card).needs(card)}
        for name, card in needs.items():
            if name not in deployment.files:
                msg = f"card {card!r} needs the payload {name!r}, which deployment {deployment.name!r} does not hold"
                raise ManifestError(msg)
        return tuple(sorted(needs))

    def _driver(self, card: CardDeployment) -> type[Driver]:
        name = EMULATED if self.order.emulate else card.driver
        try:
            return self._registry.driver(name)
        except NotRegisteredError as error:
            msg = f"card {card.name!r}: {error}"
            raise DependencyError(msg) from None

    def _network(self, card: CardDeployment, deployment: Deployment) -> type[Network] | None:
        return self._registry.network(deployment.network) if card.ports else None
