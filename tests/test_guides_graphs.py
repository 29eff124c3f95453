# ruff: noqa: RUF001, RUF002  # guides in Chinese have Chinese commas
"""The programs of three guides to streaming with LangGraph, imports changed, and a scripted model as the provider.

Where a guide prints what comes out, that is what has to come out. Programs of which a guide shows a part
only are completed with the least that runs.
"""

import json
import operator
import re
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated, Literal, TypedDict

import pytest

from eventflow import ScriptedChatModel
from eventflow.agents import create_react_agent
from eventflow.graph import END, START, StateGraph, StreamWriter, get_stream_writer
from eventflow.tools import tool


@pytest.fixture
def printed(capsys):
    """What was printed since it was last called."""
    return lambda: capsys.readouterr().out


def call(name, id="call_Abc123", /, **args):
    return {"name": name, "args": args, "id": id}


# ------------------------------------------------------------------------------------ the first guide: stream


@tool
def get_weather(city: Literal["nyc", "sf"]):
    """Use this to get weather information."""
    if city == "nyc":
        return "It might be cloudy in nyc"
    if city == "sf":
        return "It's always sunny in sf"
    raise AssertionError("Unknown city")


def weather_agent():
    tools = [get_weather]
    model = ScriptedChatModel(
        call("get_weather", city="sf"), "The weather in San Francisco is currently sunny."
    )
    return create_react_agent(model, tools)


def test_values(printed):
    graph = weather_agent()
    inputs = {"messages": [("human", "what's the weather in sf")]}

    for chunk in graph.stream(inputs, stream_mode="values"):
        chunk["messages"][-1].pretty_print()

    assert printed() == (
        "================================ Human Message =================================\n"
        "\n"
        "what's the weather in sf\n"
        "================================== Ai Message ==================================\n"
        "Tool Calls:\n"
        "  get_weather (call_Abc123)\n"
        " Call ID: call_Abc123\n"
        "  Args:\n"
        "    city: sf\n"
        "================================= Tool Message =================================\n"
        "Name: get_weather\n"
        "\n"
        "It's always sunny in sf\n"
        "================================== Ai Message ==================================\n"
        "\n"
        "The weather in San Francisco is currently sunny.\n"
    )


def test_updates(printed):
    graph = weather_agent()
    inputs = {"messages": [("human", "what's the weather in sf")]}

    for chunk in graph.stream(inputs, stream_mode="updates"):
        for node, values in chunk.items():
            print(f"Receiving update from node: '{node}'")
            print(values)
            print("\n\n")

    first, second, third = printed().strip().split("\n\n\n\n")
    assert first.startswith("Receiving update from node: 'agent'\n{'messages': [AIMessage(content='', ")
    assert "tool_calls=[{'name': 'get_weather', 'args': {'city': 'sf'}, 'id': 'call_Abc123'" in first
    assert second.startswith("Receiving update from node: 'tools'\n{'messages': [ToolMessage(content=\"It's ")
    assert "name='get_weather'" in second
    assert "tool_call_id='call_Abc123')]}" in second
    assert third.startswith(
        "Receiving update from node: 'agent'\n"
        "{'messages': [AIMessage(content='The weather in San Francisco is currently sunny.'"
    )


def test_debug(printed):
    graph = weather_agent()
    inputs = {"messages": [("human", "what's the weather in sf")]}

    for chunk in graph.stream(inputs, stream_mode="debug"):
        print(chunk)
        print("\n\n")

    told = re.findall(r"^\{'step': (-?\d+), .*?'type': '(\w+)'.*?'name': '(\w+)'", printed(), re.MULTILINE)
    assert told == [
        ("1", "task", "agent"),
        ("1", "task_result", "agent"),
        ("2", "task", "tools"),
        ("2", "task_result", "tools"),
        ("3", "task", "agent"),
        ("3", "task_result", "agent"),
    ]


@dataclass
class MyState:
    topic: str
    joke: str = ""


def test_messages(printed):
    llm = ScriptedChatModel(["Why", " did", " the ice cream"])

    def call_model(state: MyState):
        """Call the LLM to generate a joke about a topic"""
        llm_response = llm.invoke([{"role": "user", "content": f"Generate a joke about {state.topic}"}])
        return {"joke": llm_response.content}

    graph = StateGraph(MyState).add_node(call_model).add_edge(START, "call_model").compile()

    for message_chunk, _metadata in graph.stream({"topic": "ice cream"}, stream_mode="messages"):
        if message_chunk.content:
            print(message_chunk.content, end="|", flush=True)

    assert printed() == "Why| did| the ice cream|"
    assert llm.calls[0].messages[0].content == "Generate a joke about ice cream"


def custom_graph(text, answer):
    class State(TypedDict):
        query: str
        answer: str

    def node(state: State):
        writer = get_stream_writer()
        writer({"custom_key": text})
        return {"answer": answer}

    return StateGraph(State).add_node(node).add_edge(START, "node").compile()


def test_custom(printed):
    graph = custom_graph("Generating custom data inside node", "some data")
    inputs = {"query": "example"}

    for chunk in graph.stream(inputs, stream_mode="custom"):
        print(chunk)

    assert printed() == "{'custom_key': 'Generating custom data inside node'}\n"


def test_custom_of_a_tool(printed):
    @tool
    def query_database(query: str) -> str:
        """Query the database."""
        writer = get_stream_writer()
        writer({"data": "Retrieved 0/100 records", "type": "progress"})
        writer({"data": "Retrieved 100/100 records", "type": "progress"})
        return "some-answer"

    graph = create_react_agent(ScriptedChatModel(call("query_database", query="q"), "ok"), [query_database])

    for chunk in graph.stream({"messages": [("user", "ask it")]}, stream_mode="custom"):
        print(chunk)

    assert printed() == (
        "{'data': 'Retrieved 0/100 records', 'type': 'progress'}\n"
        "{'data': 'Retrieved 100/100 records', 'type': 'progress'}\n"
    )


def test_any_model(printed):
    def your_custom_streaming_client(topic):
        yield from (f"{topic}", " are", " fine")

    class State(TypedDict):
        topic: str
        result: str

    def call_arbitrary_model(state):
        """Example node that calls an arbitrary model and streams the output"""
        writer = get_stream_writer()
        for chunk in your_custom_streaming_client(state["topic"]):
            writer({"custom_llm_chunk": chunk})
        return {"result": "completed"}

    graph = StateGraph(State).add_node(call_arbitrary_model).add_edge(START, "call_arbitrary_model").compile()

    for chunk in graph.stream({"topic": "cats"}, stream_mode="custom"):
        print(chunk)

    assert printed() == (
        "{'custom_llm_chunk': 'cats'}\n{'custom_llm_chunk': ' are'}\n{'custom_llm_chunk': ' fine'}\n"
    )


def test_streaming_that_is_disabled(printed):
    model = ScriptedChatModel(["all", " at", " once"], disable_streaming=True)
    graph = create_react_agent(model, [])

    for message, _metadata in graph.stream({"messages": [("user", "hi")]}, stream_mode="messages"):
        print(message.content, end="|", flush=True)

    assert printed() == "all at once|"


# ----------------------------------------------------------------------------- the second guide: stream modes


class Joke(TypedDict):
    topic: str
    joke: str


def refine_topic(state: Joke):
    return {"topic": state["topic"] + " and cats"}


def generate_joke(state: Joke):
    return {"joke": f"This is a joke about {state['topic']}"}


def joke_graph():
    return (
        StateGraph(Joke)
        .add_node(refine_topic)
        .add_node(generate_joke)
        .add_edge(START, "refine_topic")
        .add_edge("refine_topic", "generate_joke")
        .add_edge("generate_joke", END)
        .compile()
    )


def test_joke_updates(printed):
    for chunk in joke_graph().stream({"topic": "ice cream"}, stream_mode="updates"):
        print(chunk)

    assert printed() == (
        "{'refine_topic': {'topic': 'ice cream and cats'}}\n"
        "{'generate_joke': {'joke': 'This is a joke about ice cream and cats'}}\n"
    )


def test_joke_values(printed):
    for chunk in joke_graph().stream({"topic": "ice cream"}, stream_mode="values"):
        print(chunk)

    assert printed() == (
        "{'topic': 'ice cream'}\n"
        "{'topic': 'ice cream and cats'}\n"
        "{'topic': 'ice cream and cats', 'joke': 'This is a joke about ice cream and cats'}\n"
    )


def test_joke_several_modes():
    found = list(joke_graph().stream({"topic": "ice cream"}, stream_mode=["updates", "custom"]))
    assert found == [
        ("updates", {"refine_topic": {"topic": "ice cream and cats"}}),
        ("updates", {"generate_joke": {"joke": "This is a joke about ice cream and cats"}}),
    ]


def test_joke_debug():
    chunks = list(joke_graph().stream({"topic": "ice cream"}, stream_mode="debug"))
    assert [(chunk["type"], chunk["payload"]["name"]) for chunk in chunks] == [
        ("task", "refine_topic"),
        ("task_result", "refine_topic"),
        ("task", "generate_joke"),
        ("task_result", "generate_joke"),
    ]


def test_subgraphs(printed):
    class SubgraphState(TypedDict):
        foo: str
        bar: str

    def subgraph_node_1(state: SubgraphState):
        return {"bar": "bar"}

    def subgraph_node_2(state: SubgraphState):
        return {"foo": state["foo"] + state["bar"]}

    subgraph_builder = StateGraph(SubgraphState)
    subgraph_builder.add_node(subgraph_node_1)
    subgraph_builder.add_node(subgraph_node_2)
    subgraph_builder.add_edge(START, "subgraph_node_1")
    subgraph_builder.add_edge("subgraph_node_1", "subgraph_node_2")
    subgraph = subgraph_builder.compile()

    class ParentState(TypedDict):
        foo: str

    def node_1(state: ParentState):
        return {"foo": "hi! " + state["foo"]}

    builder = StateGraph(ParentState)
    builder.add_node("node_1", node_1)
    builder.add_node("node_2", subgraph)
    builder.add_edge(START, "node_1")
    builder.add_edge("node_1", "node_2")
    graph = builder.compile()

    for chunk in graph.stream({"foo": "foo"}, stream_mode="updates", subgraphs=True):
        print(chunk)

    assert re.sub(r"node_2:[0-9a-f-]+", "node_2:ID", printed()) == (
        "((), {'node_1': {'foo': 'hi! foo'}})\n"
        "(('node_2:ID',), {'subgraph_node_1': {'bar': 'bar'}})\n"
        "(('node_2:ID',), {'subgraph_node_2': {'foo': 'hi! foobar'}})\n"
        "((), {'node_2': {'foo': 'hi! foobar'}})\n"
    )


class JokeAndPoem(TypedDict):
    topic: str
    joke: str
    poem: str


async def test_tags_of_models(printed):
    joke_model = ScriptedChatModel(["Why", " cats?"], tags=["joke"])
    poem_model = ScriptedChatModel(["O", " cats!"], tags=["poem"])

    async def call_model(state, config):
        topic = state["topic"]
        print("Writing joke...")
        joke_response = await joke_model.ainvoke(
            [{"role": "user", "content": f"Write a joke about {topic}"}], config
        )
        print("\n\nWriting poem...")
        poem_response = await poem_model.ainvoke(
            [{"role": "user", "content": f"Write a short poem about {topic}"}], config
        )
        return {"joke": joke_response.content, "poem": poem_response.content}

    graph = StateGraph(JokeAndPoem).add_node(call_model).add_edge(START, "call_model").compile()

    async for msg, metadata in graph.astream({"topic": "cats"}, stream_mode="messages"):
        if metadata["tags"] == ["joke"]:
            print(msg.content, end="|", flush=True)

    found = printed()
    assert found.startswith("Writing joke...\n")
    assert "\n\nWriting poem...\n" in found
    assert [part for part in re.split(r"\|", found.replace("\n\nWriting poem...\n", "")) if part.strip()][
        -1
    ].endswith(" cats?")
    assert "O" not in found


def test_messages_of_one_node(printed):
    model = ScriptedChatModel(["Roses", " are", " red"], loop=True)

    def write_joke(state: JokeAndPoem):
        topic = state["topic"]
        joke_response = model.invoke([{"role": "user", "content": f"Write a joke about {topic}"}])
        return {"joke": joke_response.content}

    def write_poem(state: JokeAndPoem):
        topic = state["topic"]
        poem_response = model.invoke([{"role": "user", "content": f"Write a short poem about {topic}"}])
        return {"poem": poem_response.content}

    graph = (
        StateGraph(JokeAndPoem)
        .add_node(write_joke)
        .add_node(write_poem)
        .add_edge(START, "write_joke")
        .add_edge(START, "write_poem")
        .compile()
    )

    for msg, metadata in graph.stream({"topic": "cats"}, stream_mode="messages"):
        if msg.content and metadata["langgraph_node"] == "write_poem":
            print(msg.content, end="|", flush=True)

    assert printed() == "Roses| are| red|"


def test_custom_in_chinese(printed):
    graph = custom_graph("在节点内生成自定义数据", "一些数据")

    for chunk in graph.stream({"query": "示例"}, stream_mode="custom"):
        print(chunk)

    assert printed() == "{'custom_key': '在节点内生成自定义数据'}\n"


class Client:
    """Stands for `AsyncOpenAI`: answers with three chunks."""

    def __init__(self):
        self.chat = SimpleNamespace(completions=self)

    async def create(self, *, messages, model, stream):
        assert stream
        assert "bedroom" in messages[0]["content"]

        async def chunks():
            for role, content in (("assistant", ""), (None, "bed"), (None, ", lamp")):
                delta = SimpleNamespace(role=role, content=content)
                yield SimpleNamespace(choices=[SimpleNamespace(delta=delta)])

        return chunks()


async def test_any_model_in_a_tool(printed):
    openai_client = Client()
    model_name = "gpt-4o-mini"

    async def stream_tokens(model_name: str, messages: list[dict]):
        response = await openai_client.chat.completions.create(
            messages=messages, model=model_name, stream=True
        )
        role = None
        async for chunk in response:
            delta = chunk.choices[0].delta

            if delta.role is not None:
                role = delta.role

            if delta.content:
                yield {"role": role, "content": delta.content}

    async def get_items(place: str) -> str:
        """Use this tool to list items that may be found in a place."""
        writer = get_stream_writer()
        response = ""
        async for msg_chunk in stream_tokens(
            model_name, [{"role": "user", "content": f"Which items may be found in '{place}'?"}]
        ):
            response += msg_chunk["content"]
            writer(msg_chunk)

        return response

    class State(TypedDict):
        messages: Annotated[list[dict], operator.add]

    async def call_tool(state: State):
        ai_message = state["messages"][-1]
        tool_call = ai_message["tool_calls"][-1]

        function_name = tool_call["function"]["name"]
        if function_name != "get_items":
            raise ValueError(f"Tool {function_name} not supported")

        function_arguments = tool_call["function"]["arguments"]
        arguments = json.loads(function_arguments)

        function_response = await get_items(**arguments)
        tool_message = {
            "tool_call_id": tool_call["id"],
            "role": "tool",
            "name": function_name,
            "content": function_response,
        }
        return {"messages": [tool_message]}

    graph = StateGraph(State).add_node(call_tool).add_edge(START, "call_tool").compile()

    inputs = {
        "messages": [
            {
                "content": None,
                "role": "assistant",
                "tool_calls": [
                    {
                        "id": "1",
                        "function": {"arguments": '{"place":"bedroom"}', "name": "get_items"},
                        "type": "function",
                    }
                ],
            }
        ]
    }

    async for chunk in graph.astream(inputs, stream_mode="custom"):
        print(chunk["content"], end="|", flush=True)

    assert printed() == "bed|, lamp|"


async def test_async_with_config(printed):
    model = ScriptedChatModel(["Why", " not"])

    async def call_model(state, config):
        topic = state["topic"]
        print("生成笑话...")
        joke_response = await model.ainvoke(
            [{"role": "user", "content": f"Write a joke about {topic}"}], config
        )
        return {"joke": joke_response.content}

    graph = StateGraph(Joke).add_node(call_model).add_edge(START, "call_model").compile()

    async for chunk, _metadata in graph.astream({"topic": "ice cream"}, stream_mode="messages"):
        if chunk.content:
            print(chunk.content, end="|", flush=True)

    assert printed() == "生成笑话...\nWhy| not|"


async def test_async_with_writer(printed):
    async def generate_joke(state: Joke, writer: StreamWriter):
        writer({"custom_key": "生成笑话时流式传输自定义数据"})
        return {"joke": f"This is a joke about {state['topic']}"}

    graph = StateGraph(Joke).add_node(generate_joke).add_edge(START, "generate_joke").compile()

    async for chunk in graph.astream({"topic": "ice cream"}, stream_mode="custom"):
        print(chunk)

    assert printed() == "{'custom_key': '生成笑话时流式传输自定义数据'}\n"


# ------------------------------------------------------------------------------------ the third guide: agents


def beijing_agent():
    def get_weather(city: str) -> str:
        """获取天气"""
        return f"{city}：晴，25°C"

    model = ScriptedChatModel(
        call("get_weather", city="北京"), ["北京今天天气很好，", "晴朗，气温 25°C，非常适合外出。"]
    )
    return create_react_agent(model, tools=[get_weather])


QUESTION = {"messages": [{"role": "user", "content": "北京天气如何？"}]}


def test_agent_updates(printed):
    agent = beijing_agent()

    for chunk in agent.stream(QUESTION, stream_mode="updates"):
        for node_name, node_output in chunk.items():
            last_msg = node_output["messages"][-1]
            if hasattr(last_msg, "tool_calls") and last_msg.tool_calls:
                for tc in last_msg.tool_calls:
                    print(f"[{node_name}] 调用工具: {tc['name']}({tc['args']})")
            elif hasattr(last_msg, "content"):
                print(f"[{node_name}] {last_msg.content[:80]}")

    assert printed() == (
        "[agent] 调用工具: get_weather({'city': '北京'})\n"
        "[tools] 北京：晴，25°C\n"
        "[agent] 北京今天天气很好，晴朗，气温 25°C，非常适合外出。\n"
    )


def test_agent_messages(printed):
    agent = beijing_agent()

    for event in agent.stream(QUESTION, stream_mode="messages"):
        msg_chunk, metadata = event
        node = metadata.get("langgraph_node", "")

        if node == "agent" and msg_chunk.content:
            print(msg_chunk.content, end="", flush=True)

        if node == "agent" and msg_chunk.tool_call_chunks:
            for tc in msg_chunk.tool_call_chunks:
                if tc.get("name"):
                    print(f"\n[调用: {tc['name']}]")

        if node == "tools" and msg_chunk.content:
            print(f"\n[结果: {msg_chunk.content}]")

    assert printed() == (
        "\n[调用: get_weather]\n\n[结果: 北京：晴，25°C]\n北京今天天气很好，晴朗，气温 25°C，非常适合外出。"
    )


def dataset_agent():
    def analyze_dataset(name: str) -> str:
        """分析数据集，过程中报告进度"""
        writer = get_stream_writer()

        for pct in [0, 25, 50, 75, 100]:
            writer({"phase": "loading", "progress": pct})

        writer({"phase": "analyzing", "progress": 100, "message": "分析完成"})
        return f"{name} 分析结果：50,000 条记录，日活 12,350"

    model = ScriptedChatModel(call("analyze_dataset", name="users"), ["报告", "完成"])
    return create_react_agent(model, tools=[analyze_dataset])


def test_agent_custom(printed):
    agent = dataset_agent()

    for chunk in agent.stream(
        {"messages": [{"role": "user", "content": "分析用户数据"}]}, stream_mode="custom"
    ):
        if isinstance(chunk, dict):
            print(f"[{chunk.get('phase')}] {chunk.get('progress', 0)}%")

    assert printed() == (
        "[loading] 0%\n[loading] 25%\n[loading] 50%\n[loading] 75%\n[loading] 100%\n[analyzing] 100%\n"
    )


def test_agent_several_modes(printed):
    agent = dataset_agent()

    for mode, chunk in agent.stream(
        {"messages": [{"role": "user", "content": "生成月度报告"}]}, stream_mode=["messages", "custom"]
    ):
        if mode == "messages":
            msg_chunk, metadata = chunk
            if metadata.get("langgraph_node") == "agent" and msg_chunk.content:
                print(msg_chunk.content, end="", flush=True)
        elif mode == "custom":
            print(f"\n[进度] {chunk}")

    lines = printed().splitlines()
    assert [line for line in lines if line][:2] == [
        "[进度] {'phase': 'loading', 'progress': 0}",
        "[进度] {'phase': 'loading', 'progress': 25}",
    ]
    assert lines[-1] == "报告完成"


async def test_agent_as_server_sent_events():
    agent = beijing_agent()

    async def event_generator(query: str):
        for event in agent.stream({"messages": [{"role": "user", "content": query}]}, stream_mode="messages"):
            msg_chunk, metadata = event
            node = metadata.get("langgraph_node", "")
            if node == "agent" and msg_chunk.content:
                yield f"data: {json.dumps({'type': 'token', 'content': msg_chunk.content}, ensure_ascii=False)}\n\n"
        yield "data: [DONE]\n\n"

    assert [line async for line in event_generator("北京天气如何？")] == [
        'data: {"type": "token", "content": "北京今天天气很好，"}\n\n',
        'data: {"type": "token", "content": "晴朗，气温 25°C，非常适合外出。"}\n\n',
        "data: [DONE]\n\n",
    ]


async def test_agent_on_a_web_socket():
    agent = beijing_agent()
    received = iter([{"content": "北京天气如何？"}, {"type": "cancel"}])
    sent = []

    class Socket:
        async def receive_json(self):
            return next(received)

        async def send_json(self, value):
            sent.append(value)

    async def ws_chat(ws):
        while True:
            data = await ws.receive_json()
            if data.get("type") == "cancel":
                break
            for event in agent.stream(
                {"messages": [{"role": "user", "content": data["content"]}]}, stream_mode="messages"
            ):
                msg_chunk, meta = event
                if meta.get("langgraph_node") == "agent" and msg_chunk.content:
                    await ws.send_json({"type": "token", "content": msg_chunk.content})
            await ws.send_json({"type": "done"})

    await ws_chat(Socket())
    assert sent == [
        {"type": "token", "content": "北京今天天气很好，"},
        {"type": "token", "content": "晴朗，气温 25°C，非常适合外出。"},
        {"type": "done"},
    ]


def test_agent_with_retries(printed):
    agent = create_react_agent(ScriptedChatModel(ConnectionError("lost"), ["fine", " again"]), [])

    def stream_with_retry(agent, query: str, max_retries: int = 3):
        for attempt in range(max_retries):
            try:
                for chunk in agent.stream(
                    {"messages": [{"role": "user", "content": query}]}, stream_mode="messages"
                ):
                    yield chunk
                return
            except (ConnectionError, TimeoutError) as e:
                wait = 2**attempt
                print(f"attempt {attempt + 1} failed, again in {wait}s: {e}")

        result = agent.invoke({"messages": [{"role": "user", "content": query}]})
        yield result

    chunks = list(stream_with_retry(agent, "hi"))
    assert [chunk.content for chunk, _ in chunks if chunk.content] == ["fine", " again"]
    assert printed() == "attempt 1 failed, again in 1s: lost\n"


async def test_agent_that_fails_in_the_middle():
    agent = create_react_agent(ScriptedChatModel(["Hel", ConnectionError("lost")]), [])

    async def safe_event_generator(query: str):
        try:
            for event in agent.stream({"messages": [("user", query)]}, stream_mode="messages"):
                msg_chunk, metadata = event
                if metadata.get("langgraph_node") == "agent" and msg_chunk.content:
                    yield f"data: {json.dumps({'type': 'token', 'content': msg_chunk.content})}\n\n"
        except Exception as e:
            yield f"data: {json.dumps({'type': 'error', 'message': str(e)})}\n\n"
        finally:
            yield "data: [DONE]\n\n"

    assert [line async for line in safe_event_generator("hi")] == [
        'data: {"type": "token", "content": "Hel"}\n\n',
        'data: {"type": "error", "message": "lost"}\n\n',
        "data: [DONE]\n\n",
    ]


def test_agent_that_is_cancelled(printed):
    agent = beijing_agent()

    for chunk in agent.stream(QUESTION, stream_mode="messages"):
        msg_chunk, metadata = chunk
        if metadata.get("langgraph_node") == "agent" and msg_chunk.content:
            print(msg_chunk.content, end="", flush=True)
            break

    assert printed() == "北京今天天气很好，"
