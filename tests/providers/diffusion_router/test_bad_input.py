"""What a person may get wrong, and what a server may say no to: told with its address, and how."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from llmkit_jupyter import (
    AuthenticationError,
    InvalidRequestError,
    LLMKitClient,
    LLMKitError,
    ModelNotFoundError,
    RateLimitError,
    UnreachableError,
    UntrustedServerError,
)
from llmkit_jupyter.errors import (
    ConfigurationError,
    InsufficientCreditError,
    PermissionDeniedError,
    WrongAddressError,
)
from tests.emulator.process import Emulator
from tests.providers.diffusion_router.conftest import SMALL, asked
from tests.transport.servers import make_certificate

PAGE = b"<!doctype html><title>Grafana</title><h1>Welcome</h1>"


@contextmanager
def saying(
    say: Callable[[str, bytes], tuple[int, bytes]],
    kind: str = "application/json",
    tls: Path | None = None,
) -> Iterator[str]:
    """A server that answers what a function makes of the path and the body."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, body = say(self.path, asked)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
        httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
    # It is asked for the end of its work as often as that.
    thread = threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{httpd.server_port}"
    finally:
        httpd.shutdown()
        httpd.server_close()


@contextmanager
def answering(
    status: int, body: bytes, kind: str = "application/json", tls: Path | None = None
) -> Iterator[str]:
    """A server that answers everything alike."""
    with saying(lambda _path, _body: (status, body), kind, tls) as url:
        yield url


def told(url: str, kind: type[LLMKitError], *words: str, **more: Any) -> LLMKitError:
    """Ask for a video there; what is told names the address and says those words."""
    client = LLMKitClient(base_url=url, **more)
    with pytest.raises(kind) as caught:
        client.generate_video(SMALL)
    said = str(caught.value)
    assert url in said
    for each in words:
        assert each in said, said
    assert caught.value.provider == "diffusion-router"
    return caught.value


def test_nobody_is_there(home):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    told(url, UnreachableError, "the connection was refused", "Is the server running",
         "LLMKIT_DIFFUSION_ROUTER_URL")  # fmt: skip
    told("http://no-such-host.invalid:30000", UnreachableError, "could not be resolved")
    # The same is told where models are listed.
    client = LLMKitClient(base_url=url)
    client.models()
    assert url in (client._providers["diffusion-router"].trouble or "")


def test_something_else_is_there(home):
    with answering(200, PAGE, "text/html") as url:
        told(url, WrongAddressError, "a web page instead of JSON", "LLMKIT_DIFFUSION_ROUTER_URL",
             "http://127.0.0.1:30000")  # fmt: skip
    with answering(404, PAGE, "text/html") as url:
        told(url, WrongAddressError, "does not offer video", "/v1/videos")
    with answering(405, b'{"detail":"Method Not Allowed"}') as url:
        told(url, WrongAddressError, "does not offer video", "SGLang Diffusion", "vLLM-Omni")
    with answering(301, b"", "text/html") as url:
        told(url, WrongAddressError, "redirects")


def test_a_server_without_video_is_told_apart_from_one_with_another_model(server: Emulator):
    server.set(no_video=True)
    told(server.origin, WrongAddressError, "does not offer video")
    assert server.ledger() == []


def test_no_secure_connection(tmp_path, monkeypatch, home):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with answering(200, b"{}", tls=make_certificate(tmp_path)) as url:
        told(url, UntrustedServerError, "certificate", f"http{url[5:]}")
    with answering(200, b"{}") as url:
        secure = f"https{url[4:]}"
        told(secure, LLMKitError, "TLS", url)


def test_a_key_that_is_missing_or_wrong(as_dialect):
    server = as_dialect("openai")
    server.set(key="the-right-one")
    told(server.origin, AuthenticationError, "wants a key", "LLMKIT_DIFFUSION_ROUTER_API_KEY")
    error = told(server.origin, AuthenticationError, "does not accept the key",
                 api_key="a-wrong-one")  # fmt: skip
    assert "a-wrong-one" not in str(error)
    server = as_dialect("vllm-omni")
    server.set(key="the-right-one")
    told(server.origin, AuthenticationError, "wants a key: Unauthorized")
    assert server.ledger() == []


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        ("402", InsufficientCreditError, "lack of credit"),
        ("403", PermissionDeniedError, "does not allow"),
        ("413", InvalidRequestError, "too large"),
        ("429", RateLimitError, "slow down"),
    ],
)
def test_a_status_alone_says_what_is_wrong(server: Emulator, status, kind, words):
    server.fault("submit", status, times=-1)
    told(server.origin, kind, words)
    assert server.ledger() == []


DETAIL = (
    b'{"detail":[{"type":"less_than_equal","loc":["body","seconds"],"msg":"Input should be less '
    b'than or equal to 10","input":60},{"type":"int_parsing","loc":["body","seed"],"msg":"bad"}]}'
)


@pytest.mark.parametrize(
    ("status", "body", "field", "words"),
    [
        (422, DETAIL, "duration", "seconds: Input should be less than or equal to 10; seed: bad"),
        (422, b'{"detail":[{"loc":["body","num_inference_steps"],"msg":"too many"}]}',
         "option num_inference_steps", "num_inference_steps: too many"),
        (400, b'{"error":{"message":"bad size","param":"size","code":"invalid_value"}}',
         "size", "bad size"),
        (400, b'{"detail":"size must be a multiple of 16"}', "size", "multiple of 16"),
        (400, b'{"message":"fps is out of range","type":"Bad Request","code":400}',
         "fps", "out of range"),
        (422, b'{"detail":"the moon is full"}', "request", "the moon is full"),
        (422, b"plain words of a proxy", "request", "plain words of a proxy"),
    ],
    ids=["FastAPI", "an option", "OpenAI", "a text", "Dynamo", "no field", "no JSON"],
)  # fmt: skip
def test_a_field_that_is_refused_is_named_as_people_know_it(home, status, body, field, words):
    request = SMALL.with_fps(12).with_option("num_inference_steps", 500)
    with answering(status, body) as url:
        client = LLMKitClient(base_url=url)
        with pytest.raises(InvalidRequestError) as caught:
            client.generate_video(request)
    assert words in str(caught.value)
    assert url in str(caught.value)
    assert caught.value.code == "invalid_request"
    message = str(caught.value)
    value = {"duration": "1", "size": "'256x256'", "fps": "12", "request": "None"}.get(field, "500")
    assert message.startswith(f"{field} is {value}")
    assert caught.value.details is not None
    assert caught.value.details.status == status


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b'{"error":{"message":"Model mismatch: request specifies x","code":400}}'),
        (404, b'{"message":"Model not found: x","type":"Not Found","code":404}'),
        (400, b'{"error":{"message":"litellm.X: Invalid model name: x","code":"400"}}'),
        (404, b'{"error":{"message":"no","code":"model_not_found"}}'),
    ],
    ids=["vLLM-Omni", "Dynamo", "LiteLLM", "OpenAI"],
)  # fmt: skip
def test_a_model_that_the_server_does_not_have(home, status, body):
    with answering(status, body) as url:
        client = LLMKitClient(base_url=url)
        with pytest.raises(ModelNotFoundError, match="'x'") as caught:
            client.generate_video(SMALL.with_model("x"))
        assert url in str(caught.value)


def test_a_limit_of_the_server_s_is_told_before_anything_is_made(client_of: Callable[..., Any]):
    for kind in ("openai", "vllm-omni", "sglang"):
        server, client = client_of(kind)
        with pytest.raises(InvalidRequestError, match=r"duration is 61"):
            client.generate_video(SMALL.with_duration(61))
        assert server.ledger() == []


@pytest.fixture
def client_of(as_dialect) -> Callable[..., Any]:
    def make(kind: str) -> tuple[Emulator, LLMKitClient]:
        server = as_dialect(kind)
        return server, LLMKitClient()

    return make


@pytest.mark.parametrize(
    "url",
    ["ftp://x:1", "gpu:30000", "http://", "http://user:secret@gpu:30000", "http://gpu?key=secret",
     "http://:secret@gpu", "http://user:secret@[bad"],
)  # fmt: skip
def test_an_address_that_cannot_be_one_is_told_without_what_is_secret_in_it(url, monkeypatch):
    monkeypatch.setenv("LLMKIT_DIFFUSION_ROUTER_URL", url)
    with pytest.raises(ConfigurationError) as caught:
        LLMKitClient()
    assert "LLMKIT_DIFFUSION_ROUTER_URL" in str(caught.value)
    assert "http://127.0.0.1:30000" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_server_that_was_right_may_be_sick_for_a_moment(as_dialect):
    """A page in place of an answer is no reason to believe that nothing was ordered."""
    server = as_dialect("sglang")
    client = LLMKitClient()
    client.generate_video(SMALL)
    server.fault("submit", "html")
    assert client.generate_video(SMALL).status == "completed"
    assert asked(server, "submit") == 2


def test_a_router_without_workers_says_so(home):
    body = b'{"status":"unhealthy","healthy_workers":0,"total_workers":2}'
    with answering(503, body) as url:
        client = LLMKitClient(base_url=url)
        client.models()
        trouble = client._providers["diffusion-router"].trouble
    assert trouble == f"The router at {url} has no worker that is well."
