// SPDX-License-Identifier: Apache-2.0

// The Go community's Slack library believes reguard-sandbox: every event it decodes, every call it makes.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

const (
	channel          = "C0ROOTOPS"
	eventTimeout     = 5 * time.Second
	reconnectTimeout = 20 * time.Second
)

type peer struct {
	api    *slack.Client
	socket *socketmode.Client
	events chan socketmode.Event
	hellos chan struct{}
	posted string
}

func newPeer() *peer {
	api := slack.New(os.Getenv("PEER_BOT_TOKEN"), slack.OptionAppLevelToken(os.Getenv("PEER_APP_TOKEN")),
		slack.OptionAPIURL(os.Getenv("PEER_PLAIN")+"/api/"))
	return &peer{api: api, socket: socketmode.New(api), events: make(chan socketmode.Event, 64), hellos: make(chan struct{}, 64)}
}

// listen acknowledges every envelope and sorts what came.
func (p *peer) listen() {
	for event := range p.socket.Events {
		switch event.Type {
		case socketmode.EventTypeHello:
			p.hellos <- struct{}{}
		case socketmode.EventTypeSlashCommand, socketmode.EventTypeInteractive, socketmode.EventTypeEventsAPI:
			p.socket.Ack(*event.Request)
			p.events <- event
		case socketmode.EventTypeErrorBadMessage, socketmode.EventTypeInvalidAuth:
			fmt.Fprintln(os.Stderr, "slack-go:", event.Type, event.Data)
		}
	}
}

func (p *peer) hello(within time.Duration) error {
	select {
	case <-p.hellos:
		return nil
	case <-time.After(within):
		return fmt.Errorf("no hello within %v", within)
	}
}

// take skips what other tests left over, until an event fits.
func (p *peer) take(fits func(interface{}) bool) (interface{}, error) {
	end := time.After(eventTimeout)
	for {
		select {
		case event := <-p.events:
			if fits(event.Data) {
				return event.Data, nil
			}
		case <-end:
			return nil, fmt.Errorf("the client received nothing that fits within %v", eventTimeout)
		}
	}
}

func (p *peer) command(text string) (slack.SlashCommand, error) {
	answer := struct{ Acked bool }{}
	if err := control("command", object{"person": "ana", "text": text}, &answer); err != nil {
		return slack.SlashCommand{}, err
	}
	if !answer.Acked {
		return slack.SlashCommand{}, fmt.Errorf("the command was not acknowledged")
	}
	got, err := p.take(func(data interface{}) bool {
		command, is := data.(slack.SlashCommand)
		return is && command.Text == text
	})
	if err != nil {
		return slack.SlashCommand{}, err
	}
	return got.(slack.SlashCommand), nil
}

func (p *peer) interaction(kind slack.InteractionType) (slack.InteractionCallback, error) {
	got, err := p.take(func(data interface{}) bool {
		callback, is := data.(slack.InteractionCallback)
		return is && callback.Type == kind
	})
	if err != nil {
		return slack.InteractionCallback{}, err
	}
	return got.(slack.InteractionCallback), nil
}

func (p *peer) testHello() error {
	if err := p.hello(eventTimeout); err != nil {
		return err
	}
	me, err := p.api.AuthTest()
	if err != nil {
		return err
	}
	return same(me.TeamID, "T0SANDBOX", me.UserID, "U0REGUARD", me.BotID, "B0REGUARD")
}

func (p *peer) testCommand() error {
	got, err := p.command("status please")
	if err != nil {
		return err
	}
	if got.TriggerID == "" || !strings.Contains(got.ResponseURL, "/hooks/") {
		return fmt.Errorf("trigger_id %q, response_url %q", got.TriggerID, got.ResponseURL)
	}
	return same(got.Command, "/reguard", got.UserID, "U0ANA0001", got.ChannelID, channel, got.TeamID, "T0SANDBOX",
		got.APIAppID, "A0REGUARD")
}

func (p *peer) testMention() error {
	said := struct{ TS string }{}
	if err := control("say", object{"person": "ben", "text": "@reguard status"}, &said); err != nil {
		return err
	}
	got, err := p.take(func(data interface{}) bool {
		event, is := data.(slackevents.EventsAPIEvent)
		return is && event.InnerEvent.Type == string(slackevents.AppMention)
	})
	if err != nil {
		return err
	}
	event := got.(slackevents.EventsAPIEvent)
	mention := event.InnerEvent.Data.(*slackevents.AppMentionEvent)
	return same(mention.User, "U0BEN0001", mention.Channel, channel, mention.TimeStamp, said.TS,
		mention.Text, "<@U0REGUARD> status", event.TeamID, "T0SANDBOX", event.APIAppID, "A0REGUARD")
}

func card(text, state string) []slack.MsgOption {
	approve := slack.NewButtonBlockElement("approve", "handle-1", slack.NewTextBlockObject(slack.PlainTextType, "Approve", false, false))
	return []slack.MsgOption{
		slack.MsgOptionText(text, false),
		slack.MsgOptionBlocks(
			slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, text, false, false), nil, nil),
			slack.NewActionBlock("answers", approve.WithStyle(slack.StylePrimary))),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "reguard",
			EventPayload: map[string]interface{}{"case": "G-0001", "state": state, "key": "go-1"}}),
	}
}

func (p *peer) testPost() error {
	_, ts, err := p.api.PostMessage(channel, card("*Waiting*", "waiting")...)
	if err != nil {
		return err
	}
	p.posted = ts
	seen, err := messageAt(ts)
	if err != nil {
		return err
	}
	if len(seen.Blocks) != 2 {
		return fmt.Errorf("%d blocks, wanted 2", len(seen.Blocks))
	}
	return same(seen.Text, "*Waiting*", seen.User, "U0REGUARD", seen.Case, "G-0001", seen.State, "waiting", seen.Key, "go-1",
		seen.Blocks[1].Type, "actions")
}

func (p *peer) testClick() error {
	answer := struct{ Acked bool }{}
	if err := control("click", object{"person": "ben", "action": "approve", "case": "G-0001"}, &answer); err != nil {
		return err
	}
	if !answer.Acked {
		return fmt.Errorf("the click was not acknowledged")
	}
	click, err := p.interaction(slack.InteractionTypeBlockActions)
	if err != nil {
		return err
	}
	action := click.ActionCallback.BlockActions[0]
	return same(click.User.ID, "U0BEN0001", click.Team.ID, "T0SANDBOX", click.Channel.ID, channel,
		click.Container.MessageTs, p.posted, click.Message.Timestamp, p.posted,
		action.ActionID, "approve", action.BlockID, "answers", action.Value, "handle-1")
}

func (p *peer) testUpdate() error {
	if _, _, _, err := p.api.UpdateMessage(channel, p.posted, card("*Lifted*", "lifted")...); err != nil {
		return err
	}
	seen, err := messageAt(p.posted)
	if err != nil {
		return err
	}
	return same(seen.Text, "*Lifted*", seen.State, "lifted")
}

func (p *peer) testReact() error {
	item := slack.NewRefToMessage(channel, p.posted)
	if err := p.api.AddReaction("eyes", item); err != nil {
		return err
	}
	if err := p.api.AddReaction("eyes", item); err == nil || err.Error() != "already_reacted" {
		return fmt.Errorf("the second time: %v, wanted already_reacted", err)
	}
	marks, err := p.api.GetReactions(item, slack.GetReactionsParameters{Full: true})
	if err != nil {
		return err
	}
	return same(fmt.Sprint(marks), "[{eyes 1 [U0REGUARD]}]")
}

func (p *peer) testPersonReacts() error {
	if err := control("react", object{"person": "ben", "reaction": "eyes", "ts": p.posted}, nil); err != nil {
		return err
	}
	got, err := p.take(func(data interface{}) bool {
		event, is := data.(slackevents.EventsAPIEvent)
		reaction, added := event.InnerEvent.Data.(*slackevents.ReactionAddedEvent)
		return is && added && reaction.User == "U0BEN0001"
	})
	if err != nil {
		return err
	}
	reaction := got.(slackevents.EventsAPIEvent).InnerEvent.Data.(*slackevents.ReactionAddedEvent)
	return same(reaction.Reaction, "eyes", reaction.Item.Channel, channel, reaction.Item.Timestamp, p.posted,
		reaction.ItemUser, "U0REGUARD")
}

func (p *peer) testSubmission() error {
	command, err := p.command("form")
	if err != nil {
		return err
	}
	plain := func(text string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, text, false, false)
	}
	minutes := slack.NewInputBlock("for_block", plain("For how long"), nil, slack.NewPlainTextInputBlockElement(nil, "minutes"))
	form := slack.ModalViewRequest{Type: slack.VTModal, CallbackID: "lift_form", PrivateMetadata: "G-0001",
		Title: plain("Lift"), Submit: plain("Ask"), Blocks: slack.Blocks{BlockSet: []slack.Block{minutes}}}
	if _, err := p.api.OpenView(command.TriggerID, form); err != nil {
		return err
	}
	if err := control("submit", object{"person": "ana", "values": object{"minutes": "45"}}, nil); err != nil {
		return err
	}
	sent, err := p.interaction(slack.InteractionTypeViewSubmission)
	if err != nil {
		return err
	}
	return same(sent.User.ID, "U0ANA0001", sent.View.CallbackID, "lift_form", sent.View.PrivateMetadata, "G-0001",
		sent.View.State.Values["for_block"]["minutes"].Value, "45")
}

func (p *peer) testHome() error {
	text := slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "*Root protection is on*", false, false), nil, nil)
	home := slack.HomeTabViewRequest{Type: slack.VTHomeTab, PrivateMetadata: "as-of-1", Blocks: slack.Blocks{BlockSet: []slack.Block{text}}}
	published, err := p.api.PublishView("U0ANA0001", home, "")
	if err != nil {
		return err
	}
	if err := same(string(published.Type), "home", published.PrivateMetadata, "as-of-1", published.AppID, "A0REGUARD"); err != nil {
		return err
	}
	if _, err := p.api.PublishView("U0ANA0001", home, published.Hash); err != nil {
		return err
	}
	if _, err := p.api.PublishView("U0ANA0001", home, published.Hash); err == nil || err.Error() != "hash_conflict" {
		return fmt.Errorf("over a newer one: %v, wanted hash_conflict", err)
	}
	if err := control("open_home", object{"person": "ana"}, nil); err != nil {
		return err
	}
	got, err := p.take(func(data interface{}) bool {
		event, is := data.(slackevents.EventsAPIEvent)
		return is && event.InnerEvent.Type == string(slackevents.AppHomeOpened)
	})
	if err != nil {
		return err
	}
	opened := got.(slackevents.EventsAPIEvent).InnerEvent.Data.(*slackevents.AppHomeOpenedEvent)
	return same(opened.User, "U0ANA0001", opened.Tab, "home", opened.View.ID, published.ID)
}

// testFile sends the bytes as this client does: as a form, with the token.
func (p *peer) testFile() error {
	if err := control("slack", object{"upload_base": os.Getenv("PEER_PLAIN")}, nil); err != nil {
		return err
	}
	text := "Receipt of G-0001\nwith “signs” & two lines\n"
	file := slack.UploadFileV2Parameters{Channel: channel, ThreadTimestamp: p.posted, Content: text, FileSize: len(text),
		Filename: "receipt.txt", Title: "The receipt", InitialComment: "with words"}
	sent, err := p.api.UploadFileV2(file)
	if err != nil {
		return err
	}
	under, _, _, err := p.api.GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: channel, Timestamp: p.posted})
	if err != nil {
		return err
	}
	last := under[len(under)-1]
	if len(last.Files) != 1 || last.Files[0].Size != len(text) {
		return fmt.Errorf("the files there: %v", last.Files)
	}
	return same(last.Text, "with words", last.Files[0].ID, sent.ID, last.Files[0].Name, "receipt.txt", last.Files[0].Title, "The receipt")
}

func (p *peer) testHistory() error {
	history, err := p.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: channel, IncludeAllMetadata: true})
	if err != nil {
		return err
	}
	for _, message := range history.Messages {
		if message.Timestamp == p.posted {
			return same(fmt.Sprint(message.Metadata.EventPayload["key"]), "go-1", message.BotID, "B0REGUARD")
		}
	}
	return fmt.Errorf("the message is not in the history")
}

func (p *peer) testLater() error {
	at := time.Now().Unix() + 3600
	_, id, err := p.api.ScheduleMessage(channel, strconv.FormatInt(at, 10), slack.MsgOptionText("I am silent", false))
	if err != nil {
		return err
	}
	rows, _, err := p.api.GetScheduledMessages(&slack.GetScheduledMessagesParameters{Channel: channel})
	if err != nil || len(rows) != 1 || rows[0].PostAt != int(at) || rows[0].Text != "I am silent" {
		return fmt.Errorf("what stands: %v %v", rows, err)
	}
	gone := &slack.DeleteScheduledMessageParameters{Channel: channel, ScheduledMessageID: rows[0].ID}
	if _, err := p.api.DeleteScheduledMessage(gone); err != nil {
		return fmt.Errorf("%s: %v", id, err)
	}
	if _, err := p.api.DeleteScheduledMessage(gone); err == nil || err.Error() != "invalid_scheduled_message_id" {
		return fmt.Errorf("taken back twice: %v", err)
	}
	if _, _, err := p.api.ScheduleMessage(channel, "1700000000", slack.MsgOptionText("x", false)); err == nil || err.Error() != "time_in_past" {
		return fmt.Errorf("in the past: %v", err)
	}
	return nil
}

func (p *peer) testErrors() error {
	if _, err := slack.New("xoxb-wrong", slack.OptionAPIURL(os.Getenv("PEER_PLAIN")+"/api/")).AuthTest(); err == nil || err.Error() != "invalid_auth" {
		return fmt.Errorf("wrong token: %v", err)
	}
	if _, _, err := p.api.PostMessage("C0NOWHERE", slack.MsgOptionText("x", false)); err == nil || err.Error() != "channel_not_found" {
		return fmt.Errorf("unknown channel: %v", err)
	}
	return nil
}

func (p *peer) afterDisconnect(reason string) error {
	if err := control("slack", object{"disconnect": reason}, nil); err != nil {
		return err
	}
	if err := p.hello(reconnectTimeout); err != nil {
		return err
	}
	_, err := p.command("status after " + reason)
	return err
}

func (p *peer) testFragments() error {
	if err := control("slack", object{"fragments": 3}, nil); err != nil {
		return err
	}
	_, err := p.command("status in pieces")
	return err
}

func main() {
	p := newPeer()
	ctx, stop := context.WithCancel(context.Background())
	go func() { _ = p.socket.RunContext(ctx) }()
	go p.listen()
	failed := run([]test{
		{"hello, who am I", p.testHello},
		{"slash command", p.testCommand},
		{"mention", p.testMention},
		{"post with blocks and metadata", p.testPost},
		{"click", p.testClick},
		{"update", p.testUpdate},
		{"react", p.testReact},
		{"a person reacts", p.testPersonReacts},
		{"view submission", p.testSubmission},
		{"the app's home", p.testHome},
		{"a file in a thread", p.testFile},
		{"history with metadata", p.testHistory},
		{"next event after disconnect: warning", func() error { return p.afterDisconnect("warning") }},
		{"next event after disconnect: refresh_requested", func() error { return p.afterDisconnect("refresh_requested") }},
		{"event in three fragments", p.testFragments},
		{"wrong token, unknown channel", p.testErrors},
		{"messages for later", p.testLater},
	})
	stop()
	if failed > 0 {
		os.Exit(1)
	}
}
