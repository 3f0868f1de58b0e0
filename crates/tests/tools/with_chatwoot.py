"""What a program with Chatwoot's own Python library does, from the first look to the last: it fails where an answer is not what the library reads."""

import json
import os

from chatwoot import ChatwootClient
from chatwoot.exceptions import ChatwootAuthError, ChatwootNotFoundError

account = int(os.environ["ACCOUNT"])
said = {}
with ChatwootClient(base_url=os.environ["ADDRESS"], api_token=os.environ["TOKEN"]) as client:
    profile = client.profile.get()
    said["profile"] = [profile.email, profile.account_id == account]
    said["agents"] = sorted(agent.email for agent in client.agents.list(account_id=account))
    said["agent"] = client.agents.get(account_id=account, agent_id=profile.id).email
    said["teams"] = [[team.name, team.is_member] for team in client.teams.list(account_id=account)]
    inbox = client.inboxes.create(account_id=account, name="Bridge", channel_type="api", channel={"type": "api"})
    said["inboxes"] = [[i.name, i.channel_type] for i in client.inboxes.list(account_id=account) if i.id == inbox.id]
    made = client.contacts.create(account_id=account, inbox_id=inbox.id, name="Rosa Example", email="rosa@home.example", identifier="rosa-1")
    contact, source = made.contact, made.contact_inbox.source_id
    said["found"] = [c.name for c in client.contacts.search(account_id=account, query="rosa")]
    said["contact"] = client.contacts.get(account_id=account, contact_id=contact.id).identifier
    said["renamed"] = client.contacts.update(account_id=account, contact_id=contact.id, name="Rosa E.").name
    talk = client.conversations.create(account_id=account, source_id=source, inbox_id=inbox.id, contact_id=contact.id)
    asked = client.messages.create(account_id=account, conversation_id=talk.id, content="Where is my lamp?", message_type="incoming")
    answered = client.messages.create(account_id=account, conversation_id=talk.id, content="On its way.")
    note = client.messages.create(account_id=account, conversation_id=talk.id, content="Checked", private=True)
    said["messages"] = [
        [m.content, m.message_type, m.private, m.sender.type] for m in client.messages.list(account_id=account, conversation_id=talk.id)
    ]
    said["ids"] = asked.id < answered.id < note.id
    said["open"] = [[c.id == talk.id, c.status.value, c.meta.sender.name] for c in client.conversations.list(account_id=account, status="open")]
    said["counts"] = client.conversations.get_counts(account_id=account)
    said["labels"] = client.conversations.labels.add(account_id=account, conversation_id=talk.id, labels=["lamp"])
    said["assigned"] = client.conversations.update(account_id=account, conversation_id=talk.id, assignee_id=profile.id).meta.assignee.email
    said["toggled"] = client.conversations.toggle_status(account_id=account, conversation_id=talk.id, status="resolved").current_status.value
    said["shown"] = client.conversations.get(account_id=account, conversation_id=talk.id).status.value
    said["hers"] = [c.id == talk.id for c in client.contacts.conversations(account_id=account, contact_id=contact.id)]
    try:
        client.conversations.get(account_id=account, conversation_id=999_999)
    except ChatwootNotFoundError as refused:
        said["missing"] = refused.description
with ChatwootClient(base_url=os.environ["ADDRESS"], api_token="wrong") as stranger:
    try:
        stranger.conversations.list(account_id=account)
    except ChatwootAuthError as refused:
        said["stranger"] = refused.description
print(json.dumps(said))
