"""Images, sounds and files in all the forms that there are, for both endpoints."""

import pytest

pytest.importorskip("openai")

from eventflow_openai.blocks import to_completions_part, to_responses_part

PIXEL, PAGE = "data:image/png;base64,AA==", "data:application/pdf;base64,AA=="

IMAGES = {
    "OpenAI's": {"type": "image_url", "image_url": {"url": PIXEL}},
    "OpenAI's, short": {"type": "image_url", "image_url": PIXEL},
    "standard": {"type": "image", "base64": "AA==", "mime_type": "image/png"},
    "standard, by address": {"type": "image", "url": PIXEL},
    "LangChain 0.3's": {"type": "image", "source_type": "base64", "data": "AA==", "mime_type": "image/png"},
    "LangChain 0.3's, by address": {"type": "image", "source_type": "url", "url": PIXEL},
    "Anthropic's": {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": "AA=="},
    },
    "Anthropic's, by address": {"type": "image", "source": {"type": "url", "url": PIXEL}},
}


@pytest.mark.parametrize("block", IMAGES.values(), ids=IMAGES)
def test_images(block):
    part = to_completions_part(block)
    assert part["type"] == "image_url"
    assert part["image_url"] in (PIXEL, {"url": PIXEL})
    assert to_responses_part(block) == {"type": "input_image", "image_url": PIXEL}


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image_url", "image_url": {"url": "https://x/y", "detail": "low"}},
        {"type": "image", "url": "https://x/y", "detail": "low"},
        {"type": "image", "url": "https://x/y", "extras": {"detail": "low"}},
    ],
    ids=str,
)
def test_how_closely_to_look(block):
    assert to_completions_part(block)["image_url"] == {"url": "https://x/y", "detail": "low"}
    assert to_responses_part(block) == {"type": "input_image", "image_url": "https://x/y", "detail": "low"}


@pytest.mark.parametrize(
    "block",
    [
        {"type": "input_audio", "input_audio": {"data": "AA==", "format": "mp3"}},
        {"type": "audio", "base64": "AA==", "mime_type": "audio/mp3"},
        {"type": "audio", "source_type": "base64", "data": "AA==", "mime_type": "audio/mp3"},
    ],
    ids=str,
)
def test_sounds(block):
    sound = {"type": "input_audio", "input_audio": {"data": "AA==", "format": "mp3"}}
    assert to_completions_part(block) == to_responses_part(block) == sound


FILES = {
    "OpenAI's": {"type": "file", "file": {"file_data": PAGE, "filename": "a.pdf"}},
    "standard": {"type": "file", "base64": "AA==", "mime_type": "application/pdf", "filename": "a.pdf"},
    "with extras": {
        "type": "file",
        "base64": "AA==",
        "mime_type": "application/pdf",
        "extras": {"filename": "a.pdf"},
    },
    "LangChain 0.3's": {
        "type": "file",
        "source_type": "base64",
        "data": "AA==",
        "mime_type": "application/pdf",
        "filename": "a.pdf",
    },
}


@pytest.mark.parametrize("block", FILES.values(), ids=FILES)
def test_files(block):
    assert to_completions_part(block) == {"type": "file", "file": {"file_data": PAGE, "filename": "a.pdf"}}
    assert to_responses_part(block) == {"type": "input_file", "file_data": PAGE, "filename": "a.pdf"}


@pytest.mark.parametrize(
    "block",
    [
        {"type": "file", "file_id": "f1"},
        {"type": "file", "file": {"file_id": "f1"}},
        {"type": "file", "source_type": "id", "id": "f1"},
    ],
    ids=str,
)
def test_uploaded_files(block):
    assert to_completions_part(block) == {"type": "file", "file": {"file_id": "f1"}}
    assert to_responses_part(block) == {"type": "input_file", "file_id": "f1"}


def test_texts():
    for block in (
        "hi",
        {"type": "text", "text": "hi", "id": "x", "index": 0},
        {"type": "text-plain", "text": "hi"},
    ):
        assert to_completions_part(block) == {"type": "text", "text": "hi"}
        assert to_responses_part(block) == {"type": "input_text", "text": "hi"}


def test_what_only_the_responses_api_takes():
    assert to_responses_part({"type": "file", "url": "https://x/a.pdf"}) == {
        "type": "input_file",
        "file_url": "https://x/a.pdf",
    }
    assert to_responses_part({"type": "image", "file_id": "f1"}) == {"type": "input_image", "file_id": "f1"}
    with pytest.raises(
        ValueError, match="chat completions take no file by url: give it as base64, or use the Resp"
    ):
        to_completions_part({"type": "file", "url": "https://x/a.pdf"})
    with pytest.raises(ValueError, match="chat completions take no image by file_id"):
        to_completions_part({"type": "image", "file_id": "f1"})
    with pytest.raises(ValueError, match="takes no such audio block"):
        to_responses_part({"type": "audio", "url": "https://x/a.mp3"})


@pytest.mark.parametrize(
    "block", [{"type": "smell", "of": "rose"}, {"type": "input_text", "text": "hi"}], ids=str
)
def test_what_only_a_provider_knows_is_sent_as_it_is(block):
    assert to_completions_part(block) == to_responses_part(block) == block


def test_what_was_given_is_not_changed():
    block = {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}}
    kept = {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}}
    to_completions_part(block)["type"] = to_responses_part(block)["type"] = "changed"
    assert block == kept
