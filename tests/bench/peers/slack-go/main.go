// SPDX-License-Identifier: Apache-2.0

// A bot as the library's examples have it: records each command in a file, acknowledges, and says how it stands when asked for that.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "slack-go:", err)
		os.Exit(1)
	}
}

func trusting(file string) *tls.Config {
	pem, err := os.ReadFile(file)
	must(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return &tls.Config{RootCAs: pool}
}

func sayVersion() {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "github.com/slack-go/slack" {
			fmt.Printf("slack-go %s, Go %s\n", strings.TrimPrefix(module.Version, "v"), strings.TrimPrefix(runtime.Version(), "go"))
		}
	}
}

func handle(journal *os.File, api *slack.Client, socket *socketmode.Client, event socketmode.Event) {
	command := event.Data.(slack.SlashCommand)
	_, err := journal.WriteString(command.TriggerID + "\n")
	must(err)
	must(syscall.Fdatasync(int(journal.Fd())))
	socket.Ack(*event.Request)
	if command.Text == "job" {
		api.PostMessage(command.ChannelID, slack.MsgOptionText(command.TriggerID, false))
	}
}

func main() {
	sayVersion()
	journal, err := os.OpenFile(os.Getenv("PEER_JOURNAL"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	must(err)
	config := trusting(os.Getenv("PEER_CA"))
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = config
	api := slack.New(os.Getenv("PEER_BOT_TOKEN"), slack.OptionAppLevelToken(os.Getenv("PEER_APP_TOKEN")),
		slack.OptionAPIURL(os.Getenv("PEER_TLS")+"/api/"), slack.OptionHTTPClient(&http.Client{Transport: transport}))
	socket := socketmode.New(api, socketmode.OptionDialer(&websocket.Dialer{TLSClientConfig: config}))
	go func() {
		for event := range socket.Events {
			if event.Type == socketmode.EventTypeSlashCommand {
				go handle(journal, api, socket, event)
			}
		}
	}()
	must(socket.Run())
}
