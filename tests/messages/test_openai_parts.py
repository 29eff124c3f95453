"""Blocks of every provider's form as OpenAI takes them."""

import pytest

from eventflow.messages.openai_parts import ToolResult, ToolUse, to_openai_part

PNG = {"type": "image_url", "image_url": {"url": "data:image/png;base64,YWJj"}}


def text(text):
    return {"type": "text", "text": text}


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "base64": "YWJj", "mime_type": "image/png"},
        {"type": "image", "source_type": "base64", "data": "YWJj", "mime_type": "image/png"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "YWJj"}},
        {"type": "image", "image": {"format": "png", "source": {"bytes": b"abc"}}},
        {"image": {"format": "png", "source": {"bytes": b"abc"}}},
        {"type": "media", "mime_type": "image/png", "data": b"abc"},
        {"type": "media", "mime_type": "image/png", "data": "YWJj"},
    ],
)
def test_images_as_data(block):
    assert to_openai_part(block) == PNG


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "url": "https://x.org/a.png"},
        {"type": "image", "source_type": "url", "url": "https://x.org/a.png"},
        {"type": "image", "source": {"type": "url", "url": "https://x.org/a.png"}},
        {"type": "image_url", "image_url": {"url": "https://x.org/a.png"}},
    ],
)
def test_images_by_address(block):
    assert to_openai_part(block) == {"type": "image_url", "image_url": {"url": "https://x.org/a.png"}}


def test_how_closely_to_look_at_an_image():
    block = {"type": "image", "url": "u", "extras": {"detail": "low"}}
    assert to_openai_part(block) == {"type": "image_url", "image_url": {"url": "u", "detail": "low"}}


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ("hi", text("hi")),
        ({"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}}, text("hi")),
        ({"text": "hi"}, text("hi")),
        ({"type": "text-plain", "text": "hi"}, text("hi")),
        ({"json": {"a": 1}}, text('{"a": 1}')),
        ({"type": "json", "json": {"a": 1}}, text('{"a": 1}')),
        ({"type": "guard_content", "guard_content": {"text": "hi"}}, text("hi")),
        ({"guardContent": {"text": {"text": "hi"}}}, text("hi")),
    ],
)
def test_texts(block, part):
    assert to_openai_part(block) == part


@pytest.mark.parametrize(
    ("mime_type", "form"), [("audio/wav", "wav"), ("audio/mpeg", "mp3"), ("audio/x-wav", "wav")]
)
def test_sounds(mime_type, form):
    part = {"type": "input_audio", "input_audio": {"data": "xx", "format": form}}
    assert to_openai_part({"type": "audio", "base64": "xx", "mime_type": mime_type}) == part
    assert to_openai_part({"type": "media", "data": "xx", "mime_type": mime_type}) == part


@pytest.mark.parametrize(
    ("block", "file"),
    [
        ({"base64": "xx", "mime_type": "application/pdf", "filename": "a.pdf"}, "a.pdf"),
        ({"base64": "xx", "mime_type": "application/pdf", "extras": {"filename": "a.pdf"}}, "a.pdf"),
        ({"base64": "xx"}, "file"),
    ],
)
def test_files(block, file):
    data = {"file_data": "data:application/pdf;base64,xx", "filename": file}
    assert to_openai_part({"type": "file", **block}) == {"type": "file", "file": data}


def test_files_by_id():
    assert to_openai_part({"type": "file", "file_id": "1"}) == {"type": "file", "file": {"file_id": "1"}}
    given = {"type": "file", "file": {"file_id": "1"}}
    assert to_openai_part(given) == given


@pytest.mark.parametrize(
    "block",
    [
        {"type": "tool_use", "id": "1", "name": "look", "input": {"x": 1}},
        {"type": "tool_call", "id": "1", "name": "look", "args": {"x": 1}},
        {"type": "function_call", "call_id": "1", "name": "look", "arguments": '{"x": 1}', "id": "fc_1"},
        {"toolUse": {"toolUseId": "1", "name": "look", "input": {"x": 1}}},
    ],
)
def test_calls(block):
    assert to_openai_part(block) == ToolUse("1", "look", {"x": 1})


@pytest.mark.parametrize(
    "block",
    [
        {"type": "tool_result", "tool_use_id": "1", "content": "seen"},
        {"toolResult": {"toolUseId": "1", "content": "seen"}},
    ],
)
def test_results(block):
    assert to_openai_part(block) == ToolResult("1", "seen")


def test_unknown_blocks():
    for block in ({"type": "smell", "of": "rose"}, {"cachePoint": {"type": "default"}}, {"type": "thinking"}):
        assert to_openai_part(block) == block
        with pytest.raises(ValueError, match="does not match OpenAI"):
            to_openai_part(block, strict=True)


@pytest.mark.parametrize(
    ("block", "key"),
    [
        ({"type": "text"}, "text"),
        ({"type": "image_url"}, "image_url"),
        ({"type": "image", "source": {"type": "base64", "data": "x"}}, "source.media_type"),
        ({"type": "image", "source": {"type": "base64", "media_type": "image/png"}}, "source.data"),
        ({"type": "audio", "url": "u"}, "base64"),
        ({"type": "tool_use", "id": "1"}, "name"),
        ({"type": "media", "data": "x"}, "mime_type"),
    ],
)
def test_keys_that_are_missing(block, key):
    with pytest.raises(KeyError) as raised:
        to_openai_part(block)
    assert raised.value.args == (key,)


@pytest.mark.parametrize(
    "block", [{"type": "video", "url": "u"}, {"type": "file", "url": "u"}, {"type": "image", "file_id": "1"}]
)
def test_what_chat_completions_do_not_take(block):
    with pytest.raises(ValueError, match=r"do not take|only the Responses API takes"):
        to_openai_part(block)
