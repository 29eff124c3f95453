"""Prompts: templates that become messages or text."""

from eventflow.prompts.base import BasePromptTemplate
from eventflow.prompts.chat import (
    BaseChatPromptTemplate,
    BaseMessagePromptTemplate,
    ChatPromptTemplate,
)
from eventflow.prompts.dict import DictPromptTemplate
from eventflow.prompts.formats import PromptTemplateFormat, Template, compile_template, get_template_variables
from eventflow.prompts.message import (
    AIMessagePromptTemplate,
    BaseStringMessagePromptTemplate,
    ChatMessagePromptTemplate,
    HumanMessagePromptTemplate,
    SystemMessagePromptTemplate,
)
from eventflow.prompts.placeholder import MessagesPlaceholder
from eventflow.prompts.string import PromptTemplate, StringPromptTemplate

__all__ = (
    "AIMessagePromptTemplate",
    "BaseChatPromptTemplate",
    "BaseMessagePromptTemplate",
    "BasePromptTemplate",
    "BaseStringMessagePromptTemplate",
    "ChatMessagePromptTemplate",
    "ChatPromptTemplate",
    "DictPromptTemplate",
    "HumanMessagePromptTemplate",
    "MessagesPlaceholder",
    "PromptTemplate",
    "PromptTemplateFormat",
    "StringPromptTemplate",
    "SystemMessagePromptTemplate",
    "Template",
    "compile_template",
    "get_template_variables",
)
