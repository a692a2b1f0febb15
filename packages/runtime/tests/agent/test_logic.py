# SPDX-License-Identifier: Apache-2.0
"""The agent's logic, asked typed requests: no socket, no thread, and a clock that the test moves."""

import hashlib

import pytest
from toy_fakes import Clock, FakeBench

from levada.core.artefact import encode
from levada.core.interfaces import Answered, PortFault
from levada.runtime.agent.journal import Journal
from levada.runtime.agent.logic import REMEMBERED, Agent, Identity, Means
from levada.runtime.agent.vault import PIECE_BYTES, Vault
from levada.runtime.protocol.messages import (
    CardFault,
    Cause,
    Chunk,
    Done,
    Failed,
    Hello,
    Lease,
    Level,
    Load,
    News,
    Picture,
    Reach,
    Release,
    Report,
    Submit,
    Trouble,
    Wants,
    Watch,
    Welcome,
)


class Stand:
    """An agent on fakes, with shortcuts for what tests ask of it."""

    def __init__(self, folder, registry):
        self.folder, self.clock, self.benches = folder, Clock(), []
        self.means = Means(registry=registry, vault=Vault(folder / "blobs"), bench=self.make, clock=self.clock)
        self.agent = self.restarted()

    def restarted(self):
        identity = Identity(host="fpga1", pid=7, version="0.1.0")
        return Agent(identity, self.means, Journal(self.folder, "fpga1"))

    def make(self, assignments):
        self.benches.append(FakeBench(assignments))
        return self.benches[-1]

    @property
    def bench(self):
        return self.benches[-1]

    def lease(self, epoch=1, owner="me@here", ttl_ms=10_000):
        return self.agent.answer(Lease(id=f"lease{epoch}{owner}", epoch=epoch, owner=owner, ttl_ms=ttl_ms))

    def load(self, artefact, epoch=1):
        """Bring everything the agent wants; return its last reply."""
        blobs = {blob.sha256: artefact.folder / blob.path for blob in artefact.manifest.files.values()}
        blobs[artefact.digest] = artefact.manifest_path()
        size = artefact.manifest_path().stat().st_size
        reply = self.agent.answer(Load(id="load", epoch=epoch, deployment=artefact.digest, size=size, emulate=False))
        while isinstance(reply, Wants) and reply.pieces:
            want = reply.pieces[0]
            content = blobs[want.sha256].read_bytes()[want.offset : want.offset + want.size]
            name = f"{want.sha256}{want.offset}"
            reply = self.agent.answer(
                Chunk(id=name, epoch=epoch, sha256=want.sha256, offset=want.offset, content=content)
            )
        return reply


@pytest.fixture
def stand(tmp_path, registry):
    made = Stand(tmp_path, registry)
    yield made
    made.agent.release()


@pytest.fixture
def loaded(stand, rig, tmp_path):
    stand.lease()
    stand.load(rig.saved(tmp_path / "rig"))
    return stand


def test_hello_needs_no_lease_and_says_who_is_there(stand):
    reply = stand.agent.answer(Hello(id="h"))
    assert reply == Welcome(id="h", host="fpga1", pid=7, version="0.1.0", epoch=0, drivers=("emulated", "xrt"))


def test_a_lease_is_given_once_and_raises_the_epoch(stand):
    assert stand.lease(epoch=4) == Done(id="lease4me@here")
    assert stand.agent.leased
    assert stand.agent.answer(Hello(id="h")).epoch == 4


def test_a_lease_needs_a_higher_epoch_than_any_before(stand):
    stand.lease(epoch=4)
    stand.agent.answer(Release(id="r", epoch=4))
    reply = stand.lease(epoch=4, owner="other@there")
    assert reply.cause is Cause.STALE
    assert reply.reason == "epoch 4 is refused: nobody holds a lease, the highest seen is 4"


def test_an_epoch_is_remembered_over_a_restart(stand):
    stand.lease(epoch=4)
    stand.agent.release()
    stand.agent = stand.restarted()
    assert stand.lease(epoch=4, owner="late@there").cause is Cause.STALE


def test_a_leased_host_is_busy_and_says_whose_it_is_and_for_how_long(stand):
    stand.lease()
    stand.clock.now_s += 4
    reply = stand.lease(epoch=2, owner="other@there")
    assert reply.cause is Cause.BUSY
    assert reply.reason == "leased to me@here for another 6 s; wait, or end that run"


def test_a_lease_that_ran_out_can_be_taken_over(stand):
    stand.lease()
    stand.clock.now_s += 11
    assert isinstance(stand.lease(epoch=2, owner="other@there"), Done)


def test_a_stale_epoch_is_refused_and_changes_nothing(loaded):
    reply = loaded.agent.answer(Reach(id="x", epoch=9, level=Level.PROGRAMMED))
    assert reply.cause is Cause.STALE
    assert "epoch 9 is refused: the lease in force is epoch 1 of me@here" in reply.reason
    assert loaded.bench.reached == []


def test_an_old_controller_is_fenced_out_after_a_takeover(loaded):
    loaded.clock.now_s += 11
    loaded.lease(epoch=2, owner="other@there")
    assert loaded.agent.answer(Release(id="x", epoch=1)).cause is Cause.STALE
    assert loaded.agent.leased


def test_the_cards_are_freed_when_the_lease_runs_out(loaded):
    loaded.clock.now_s += 10.5
    assert loaded.agent.tick() == "lease 1 of me@here ran out: cards released"
    assert loaded.bench.released == 1


def test_nothing_is_freed_before(loaded):
    loaded.clock.now_s += 9.5
    assert loaded.agent.tick() is None
    assert loaded.bench.released == 0


def test_every_request_renews_the_lease(loaded):
    loaded.clock.now_s += 9
    loaded.agent.answer(Watch(id="w", epoch=1, after=0, level=Level.LEASED, wait_ms=0))
    loaded.clock.now_s += 9
    assert loaded.agent.tick() is None


def test_a_repeated_request_gets_the_stored_answer_and_is_done_once(loaded):
    request = Reach(id="same", epoch=1, level=Level.PROGRAMMED)
    assert loaded.agent.answer(request) == loaded.agent.answer(request) == Done(id="same")
    assert len(loaded.bench.reached) == 1


def test_a_repeated_submission_is_taken_once(loaded):
    loaded.bench.level = Level.INPUT
    request = Submit(id="same", epoch=1, pictures=(Picture(0, b"x"),))
    loaded.agent.answer(request)
    loaded.agent.answer(request)
    assert len(loaded.bench.pictures) == 1


def test_old_answers_are_forgotten_so_that_memory_is_bounded(loaded):
    loaded.bench.level = Level.INPUT
    for number in range(REMEMBERED + 1):
        loaded.agent.answer(Submit(id=f"s{number}", epoch=1, pictures=()))
    loaded.agent.answer(Submit(id="s0", epoch=1, pictures=(Picture(0, b"again"),)))
    assert len(loaded.bench.pictures) == 1


def test_loading_asks_for_the_manifest_first(stand, rig, tmp_path):
    artefact = rig.saved(tmp_path / "rig")
    stand.lease()
    size = artefact.manifest_path().stat().st_size
    reply = stand.agent.answer(Load(id="l", epoch=1, deployment=artefact.digest, size=size, emulate=False))
    assert [(want.sha256, want.offset) for want in reply.pieces] == [(artefact.digest, 0)]
    assert not reply.complete


def test_loading_ends_with_the_drivers_and_a_bench_for_this_hosts_cards(stand, rig, tmp_path):
    stand.lease()
    reply = stand.load(rig.saved(tmp_path / "rig"))
    assert (reply.complete, reply.drivers) == (True, ("emulated",))
    assert [given.card.index for given in stand.bench.assignments] == [1]


def test_only_the_payloads_that_a_driver_needs_are_fetched(loaded, rig):
    names = [path.name for path in (loaded.folder / "blobs").iterdir() if not path.name.startswith(".")]
    assert len(names) == 2
    payloads = loaded.bench.assignments[0].payloads.iterdir()
    assert [path.name for path in payloads if not path.name.startswith(".")] == ["emulation_graph"]


def test_what_lies_in_the_vault_is_not_fetched_again(loaded, rig, tmp_path):
    loaded.agent.answer(Release(id="r", epoch=1))
    loaded.lease(epoch=2)
    artefact = rig.saved(tmp_path / "again")
    size = artefact.manifest_path().stat().st_size
    reply = loaded.agent.answer(Load(id="l2", epoch=2, deployment=artefact.digest, size=size, emulate=False))
    assert (reply.pieces, reply.complete) == ((), True)


def test_loading_the_same_deployment_again_is_idempotent(loaded, rig, tmp_path):
    artefact = rig.saved(tmp_path / "again")
    size = artefact.manifest_path().stat().st_size
    reply = loaded.agent.answer(Load(id="l2", epoch=1, deployment=artefact.digest, size=size, emulate=False))
    assert reply.complete
    assert len(loaded.benches) == 1


def test_another_deployment_under_the_same_lease_is_refused(loaded):
    reply = loaded.agent.answer(Load(id="l2", epoch=1, deployment="0" * 64, size=5, emulate=False))
    assert (reply.cause, reply.reason) == (
        Cause.BUSY,
        "another deployment is loaded under this lease; release it first",
    )


def test_a_deployment_without_cards_here_is_refused(stand, rig, tmp_path):
    manifest = rig.deployment()
    from msgspec.structs import replace

    away = replace(manifest, cards=tuple(replace(card, host="elsewhere") for card in manifest.cards))
    stand.lease()
    reply = stand.load(rig.saved(tmp_path / "rig", away))
    assert reply.reason == "deployment 'rig' has no card on host 'fpga1'; its hosts are elsewhere"


def test_a_network_that_is_not_installed_says_what_to_install(stand, rig, tmp_path):
    stand.lease()
    reply = stand.load(rig.saved(tmp_path / "rig", rig.deployment(network="rings")))
    assert isinstance(reply, Failed)
    assert (reply.cause, reply.exit_code) == (Cause.STEP, 2)
    assert "no network 'rings' is registered" in reply.reason
    assert "install" in reply.reason


def test_a_driver_that_is_not_installed_names_the_card(stand, rig, tmp_path):
    from msgspec.structs import replace

    manifest = rig.deployment()
    odd = replace(manifest, cards=tuple(replace(card, driver="quantum") for card in manifest.cards))
    stand.lease()
    reply = stand.load(rig.saved(tmp_path / "rig", odd))
    assert reply.reason.startswith("card 'u280-1': no driver 'quantum' is registered (registered: emulated, xrt")


def test_a_payload_that_the_deployment_lacks_is_named(stand, rig, tmp_path):
    from msgspec.structs import replace

    manifest = rig.deployment()
    real = replace(manifest, cards=tuple(replace(card, driver="xrt") for card in manifest.cards))
    stand.lease()
    reply = stand.load(rig.saved(tmp_path / "rig", real))
    assert reply.reason == "card 'u280-1' needs the payload 'bitstream_1', which deployment 'rig' does not hold"


def test_emulation_replaces_every_driver(stand, rig, tmp_path):
    from msgspec.structs import replace

    manifest = rig.deployment()
    real = replace(manifest, cards=tuple(replace(card, driver="xrt") for card in manifest.cards))
    artefact = rig.saved(tmp_path / "rig", real)
    stand.lease()
    size = artefact.manifest_path().stat().st_size
    stand.agent.answer(Load(id="l", epoch=1, deployment=artefact.digest, size=size, emulate=True))
    content = artefact.manifest_path().read_bytes()
    reply = stand.agent.answer(Chunk(id="c", epoch=1, sha256=artefact.digest, offset=0, content=content))
    assert reply.drivers == ("emulated",)


def test_something_else_than_a_deployment_is_refused(stand, rig):
    from levada.core import testing

    content = encode(testing.plan())
    digest = hashlib.sha256(content).hexdigest()
    stand.lease()
    stand.agent.answer(Load(id="l", epoch=1, deployment=digest, size=len(content), emulate=False))
    reply = stand.agent.answer(Chunk(id="c", epoch=1, sha256=digest, offset=0, content=content))
    assert reply.reason == "expected a deployment to load, got a Plan"


def test_a_piece_before_any_deployment_is_refused(stand):
    stand.lease()
    reply = stand.agent.answer(Chunk(id="c", epoch=1, sha256="0" * 64, offset=0, content=b""))
    assert reply.reason == "a piece of a blob came before any deployment was named"


def test_a_piece_that_nobody_asked_for_is_refused(loaded):
    reply = loaded.agent.answer(Chunk(id="c", epoch=1, sha256="0" * 64, offset=PIECE_BYTES, content=b"x"))
    assert (reply.cause, reply.reason) == (Cause.STEP, f"nobody asked for blob 000000000000… at {PIECE_BYTES}")


def test_levels_before_loading_are_refused(stand):
    stand.lease()
    reply = stand.agent.answer(Reach(id="x", epoch=1, level=Level.PROGRAMMED))
    assert reply.reason == "cannot reach PROGRAMMED: nothing is loaded"


def test_a_level_is_passed_on_with_its_budget(loaded):
    loaded.agent.answer(Reach(id="x", epoch=1, level=Level.PROGRAMMED, budget_ms=2500))
    assert loaded.bench.reached == [(Level.PROGRAMMED, None, 2.5)]


def test_images_before_the_input_is_started_are_refused(loaded):
    reply = loaded.agent.answer(Submit(id="s", epoch=1, pictures=(Picture(0, b"x"),)))
    assert reply.reason == "images came before the input was started"


def test_images_are_passed_on(loaded):
    loaded.bench.level = Level.INPUT
    loaded.agent.answer(Submit(id="s", epoch=1, pictures=(Picture(0, b"x"), Picture(1, b"y"))))
    assert loaded.bench.pictures == [Picture(0, b"x"), Picture(1, b"y")]


def watch(stand, *, patient=True, after=0, level=Level.LOADED):
    return stand.agent.answer(Watch(id="w", epoch=1, after=after, level=level, wait_ms=1000), patient=patient)


def test_a_patient_watch_is_held_back_while_nothing_happens(loaded):
    assert watch(loaded) is None


def test_an_impatient_watch_is_answered_at_once(loaded):
    assert watch(loaded, patient=False) == Report(id="w", level=Level.LOADED)


def test_a_watch_before_loading_says_leased(stand):
    stand.lease()
    assert watch(stand) is None
    assert watch(stand, patient=False).level == Level.LEASED


def test_a_watch_is_answered_once_the_level_changes(loaded):
    loaded.bench.level = Level.PROGRAMMED
    assert watch(loaded).level == Level.PROGRAMMED


def test_a_watch_is_answered_when_trouble_comes(loaded):
    loaded.bench.trouble = Trouble(place="card 1", reason="hot", exit_code=1)
    assert watch(loaded).trouble.reason == "hot"


@pytest.mark.parametrize(
    "news",
    [
        News(number=1, answers=(Answered(frame=0, payload=b"\x01"),)),
        News(number=1, faults=(CardFault(card=1, fault=PortFault(stream=None, frame=None, reason="x")),)),
    ],
)
def test_a_watch_is_answered_with_what_is_new(loaded, news):
    loaded.bench.news = [news]
    assert watch(loaded).news == (news,)


def test_a_watch_acknowledges_older_news(loaded):
    loaded.bench.news = [News(number=1, answers=(Answered(frame=0, payload=b"\x01"),))]
    assert watch(loaded, after=1) is None
    assert loaded.bench.news == []


def test_news_is_told_again_until_acknowledged(loaded):
    loaded.bench.news = [News(number=1, answers=(Answered(frame=0, payload=b"\x01"),))]
    assert watch(loaded).news == watch(loaded).news


def test_release_lets_go_of_the_cards_and_the_lease(loaded):
    assert loaded.agent.answer(Release(id="r", epoch=1)) == Done(id="r")
    assert (loaded.bench.released, loaded.agent.leased) == (1, False)


def test_release_removes_the_payload_folder(loaded):
    folder = loaded.bench.assignments[0].payloads
    loaded.agent.answer(Release(id="r", epoch=1))
    assert not folder.exists()


def test_a_closing_agent_gives_no_lease(stand):
    stand.agent.closing = True
    assert stand.lease().reason == "the agent is shutting down"


def test_a_closing_agent_takes_no_images(loaded):
    loaded.bench.level = Level.INPUT
    loaded.agent.closing = True
    assert loaded.agent.answer(Submit(id="s", epoch=1, pictures=())).cause is Cause.CLOSING


def test_an_agent_is_idle_while_no_frame_is_in_flight(loaded):
    assert loaded.agent.idle
    loaded.bench.in_flight = 1
    assert not loaded.agent.idle


def test_a_disk_that_refuses_is_said_and_not_fatal(stand, monkeypatch):
    monkeypatch.setattr(Journal, "note", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    reply = stand.lease()
    assert (reply.cause, reply.reason, reply.exit_code) == (Cause.STEP, "[Errno 28] No space left on device", 1)
