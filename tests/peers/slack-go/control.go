// SPDX-License-Identifier: Apache-2.0

// The people's side of the sandbox, and one line per test.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

type object map[string]interface{}

type test struct {
	name string
	body func() error
}

type message struct {
	TS, Text, User, Case, State, Key string
	Blocks                           []struct{ Type string }
}

// control makes one call of /sandbox/; body nil means GET, into nil means the answer does not matter.
func control(path string, body object, into interface{}) error {
	url := os.Getenv("PEER_PLAIN") + "/sandbox/" + path
	var answer *http.Response
	var err error
	if body == nil {
		answer, err = http.Get(url)
	} else {
		sent, _ := json.Marshal(body)
		answer, err = http.Post(url, "application/json", bytes.NewReader(sent))
	}
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("/sandbox/%s answered %d: %s", path, answer.StatusCode, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}

func messageAt(ts string) (message, error) {
	var all []message
	if err := control("channel?format=json", nil, &all); err != nil {
		return message{}, err
	}
	for _, one := range all {
		if one.TS == ts {
			return one, nil
		}
	}
	return message{}, fmt.Errorf("no message %s in the channel", ts)
}

// same compares pairs: got, wanted, got, wanted…
func same(pairs ...string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] != pairs[i+1] {
			return fmt.Errorf("pair %d: got %q, wanted %q", i/2+1, pairs[i], pairs[i+1])
		}
	}
	return nil
}

func run(tests []test) (failed int) {
	for _, one := range tests {
		if err := one.body(); err != nil {
			failed++
			fmt.Printf("not ok - slack-go: %s: %s\n", one.name, strings.Join(strings.Fields(err.Error()), " "))
		} else {
			fmt.Printf("ok - slack-go: %s\n", one.name)
		}
	}
	return failed
}
