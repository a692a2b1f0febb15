# SPDX-License-Identifier: Apache-2.0
"""The kit for drivers: one card that holds the whole network."""

import time
from pathlib import Path

from levada.core.datatypes import datatype
from levada.core.interfaces import Answered, Driver, Network, Phase
from levada.core.manifests import CardDeployment, Deployment, Tensor
from levada.core.testing.dataflows import elements
from levada.core.testing.deployments import deployment
from levada.core.testing.folders import payloads_of
from levada.core.testing.plans import plan

IMAGES = 4
PATIENCE_S = 20.0


class DriverConformance:
    """Tests of a driver: name its class as ``driver``.

    Override :meth:`deployment` and :meth:`payloads` where it really computes: a deployment over one card, and its payloads in a folder,
    one file each, named as the payload.
    """

    driver: type[Driver]

    def deployment(self) -> Deployment:
        """Return a deployment over one card."""
        return deployment(plan(1))

    def payloads(self, folder: Path) -> Path:
        """Write the payloads under ``folder`` and return where they lie."""
        for name, content in payloads_of(self.deployment()).items():
            (folder / name).write_bytes(content)
        return folder

    def network(self) -> Network | None:
        """Return the network of the deployment, None where it has no hops."""
        return None

    def test_it_needs_payloads_of_the_deployment(self) -> None:
        needed, streamed = self.driver.needs(self._card()), (feed.payload for feed in self._card().weights)
        assert set(needed) <= {*Deployment.PAYLOADS, *streamed}, f"no deployment has the payloads {needed}"

    def test_every_image_gets_one_answer(self, tmp_path: Path) -> None:
        driver = self._started(tmp_path)
        answers = self._answers(driver, IMAGES)
        assert sorted(answer.frame for answer in answers) == list(range(IMAGES))

    def test_an_answer_is_the_output_in_canonical_form(self, tmp_path: Path) -> None:
        size = _size(self.deployment().output)
        for answer in self._answers(self._started(tmp_path), IMAGES):
            assert len(answer.payload) == size, f"an answer has {len(answer.payload)} bytes, the output has {size}"

    def test_the_same_image_gets_the_same_answer(self, tmp_path: Path) -> None:
        answers = self._answers(self._started(tmp_path), 2, same=True)
        assert answers[0].payload == answers[1].payload, "one image got two answers"

    def test_waiting_for_answers_ends(self, tmp_path: Path) -> None:
        driver = self._started(tmp_path)
        begun = time.monotonic()
        found = list(driver.answers(0.05))
        assert not found, f"nothing was submitted, and {found} came"
        assert time.monotonic() - begun < PATIENCE_S / 4, "answers(0.05) waited for seconds"

    def test_what_was_answered_is_no_longer_in_flight(self, tmp_path: Path) -> None:
        driver = self._started(tmp_path)
        assert driver.report().in_flight == 0, "nothing was submitted yet"
        self._answers(driver, IMAGES)
        report = driver.report()
        assert report.in_flight == 0, f"all was answered, and {report.in_flight} images are in flight"
        assert report.faults == (), f"all was answered, and {report.faults} are reported"

    def test_every_step_may_be_repeated(self, tmp_path: Path) -> None:
        driver = self._started(tmp_path)
        driver.program()
        for phase in Phase:
            driver.start(phase)
        assert len(self._answers(driver, 1)) == 1
        driver.release()
        driver.release()

    def test_its_endpoints_are_its_ports(self, tmp_path: Path) -> None:
        driver = self._started(tmp_path)
        ports = {port.name for port in self._card().ports}
        found = [endpoint.port for endpoint in driver.endpoints(None)]
        assert set(found) <= ports, f"endpoints {found} for ports {sorted(ports)}"
        driver.release()

    def _card(self) -> CardDeployment:
        return self.deployment().cards[0]

    def _started(self, folder: Path) -> Driver:
        driver = self.driver(self._card(), self.deployment(), self.payloads(folder), self.network())
        driver.program()
        for phase in Phase:
            driver.start(phase)
        return driver

    def _answers(self, driver: Driver, images: int, *, same: bool = False) -> list[Answered]:
        size = _size(self.deployment().input)
        for frame in range(images):
            driver.submit(frame, bytes([1 if same else frame]) * size)
        found: list[Answered] = []
        deadline = time.monotonic() + PATIENCE_S
        while len(found) < images and time.monotonic() < deadline:
            found += driver.answers(0.1)
        assert len(found) == images, f"{images} images got {len(found)} answers in {PATIENCE_S:g} s"
        return found


def _size(tensor: Tensor) -> int:
    return elements(tensor.shape) * datatype(tensor.datatype).canonical_bytes
