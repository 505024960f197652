module reguard.example/peers/slack-go

go 1.19

require github.com/slack-go/slack v0.16.0

require github.com/gorilla/websocket v1.4.2 // indirect
