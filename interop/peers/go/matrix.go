package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// matrix behaves as one container of libp2p's test matrix and returns the exit status.
func matrix(kind string) int {
	if err := runMatrix(kind); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func runMatrix(kind string) error {
	if kind != "transport" && kind != "perf" {
		return fmt.Errorf("no matrix %q", kind)
	}
	dialer := os.Getenv("IS_DIALER") == "true"
	h, err := matrixHost(dialer)
	if err != nil {
		return err
	}
	defer h.Close()
	prove(map[string]any{"self": h.ID().String()})
	h.Network().Notify(&network.NotifyBundle{ConnectedF: proveConnection})
	store, err := dialRedis(os.Getenv("REDIS_ADDR"))
	if err != nil {
		return err
	}
	key := os.Getenv("TEST_KEY") + "_listener_multiaddr"
	if !dialer {
		return matrixListen(h, store, kind, key)
	}
	address, err := matrixAddress(store, kind, key)
	if err != nil {
		return err
	}
	info, err := peer.AddrInfoFromString(address)
	if err != nil {
		return err
	}
	if kind == "perf" {
		return matrixPerf(h, *info)
	}
	return matrixTransport(h, *info)
}

// prove tells on standard error what a script can check against the other side.
func prove(fact map[string]any) {
	text, err := json.Marshal(fact)
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(os.Stderr, "proof %s\n", text)
}

func proveConnection(_ network.Network, c network.Conn) {
	dir, state := "out", c.ConnState()
	if c.Stat().Direction == network.DirInbound {
		dir = "in"
	}
	enc, mux := string(state.Security), string(state.StreamMultiplexer)
	if strings.HasPrefix(state.Transport, "quic") {
		enc, mux = "", ""
	}
	prove(map[string]any{"open": c.RemotePeer().String(), "dir": dir, "enc": enc, "mux": mux})
}

func matrixHost(dialer bool) (host.Host, error) {
	transport := os.Getenv("TRANSPORT")
	r := &request{Transports: []string{transport}, Unverified: true}
	if os.Getenv("SECURE_CHANNEL") != "" {
		r.Security = []string{os.Getenv("SECURE_CHANNEL")}
		r.Muxers = []string{os.Getenv("MUXER")}
	}
	if !dialer {
		forms := map[string]string{"tcp": "/ip4/%s/tcp/0", "ws": "/ip4/%s/tcp/0/ws", "wss": "/ip4/%s/tcp/0/tls/ws",
			"quic-v1": "/ip4/%s/udp/0/quic-v1"}
		r.Listen = []string{fmt.Sprintf(forms[transport], os.Getenv("LISTENER_IP"))}
	}
	options, err := startOptions(r)
	if err != nil {
		return nil, err
	}
	return libp2p.New(options...)
}

func matrixListen(h host.Host, store *redis, kind, key string) error {
	h.SetStreamHandler(perfID, func(s network.Stream) {
		up, down, err := perfFrom(s)
		finish(s, err)
		if err == nil {
			prove(map[string]any{"perf": "in", "up": up, "down": down})
		}
	})
	addrs, err := h.Network().InterfaceListenAddresses()
	if err != nil {
		return err
	}
	chosen := addrs[0]
	if i := slices.IndexFunc(addrs, func(a ma.Multiaddr) bool { return !manet.IsIPLoopback(a) }); i >= 0 {
		chosen = addrs[i]
	}
	text := chosen.String() + "/p2p/" + h.ID().String()
	if kind == "perf" {
		_, err = store.call("SET", key, text)
	} else if _, err = store.call("DEL", key); err == nil {
		_, err = store.call("RPUSH", key, text)
	}
	if err != nil {
		return err
	}
	select {}
}

func matrixAddress(store *redis, kind, key string) (string, error) {
	if kind == "transport" {
		reply, err := store.call("BLPOP", key, "180")
		if err == nil && len(reply) != 2 {
			err = fmt.Errorf("no listener within 180 s")
		}
		if err != nil {
			return "", err
		}
		return reply[1], nil
	}
	for range 60 {
		reply, err := store.call("GET", key)
		if err != nil {
			return "", err
		}
		if len(reply) == 1 {
			return reply[0], nil
		}
		time.Sleep(500 * time.Millisecond)
	}
	return "", fmt.Errorf("no listener within 30 s")
}

func matrixTransport(h host.Host, info peer.AddrInfo) error {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	begun := time.Now()
	if err := h.Connect(ctx, info); err != nil {
		return err
	}
	one := <-ping.Ping(ctx, h, info.ID)
	if one.Error != nil {
		return one.Error
	}
	fmt.Printf("latency:\n  handshake_plus_one_rtt: %.3f\n  ping_rtt: %.3f\n  unit: ms\n", millisSince(begun),
		float64(one.RTT.Nanoseconds())/1e6)
	return nil
}

func matrixPerf(h host.Host, info peer.AddrInfo) error {
	ctx := context.Background()
	if err := h.Connect(ctx, info); err != nil {
		return err
	}
	up, down := envInt("UPLOAD_BYTES", 1<<30), envInt("DOWNLOAD_BYTES", 1<<30)
	parts := []struct {
		name      string
		up, down  int64
		times     int64
		unit      string
		precision int
	}{
		{"upload", up, 0, envInt("UPLOAD_ITERATIONS", 10), "Gbps", 2},
		{"download", 0, down, envInt("DOWNLOAD_ITERATIONS", 10), "Gbps", 2},
		{"latency", 1, 1, envInt("LATENCY_ITERATIONS", 100), "ms", 3},
	}
	for _, part := range parts {
		var samples []float64
		for range part.times {
			begun := time.Now()
			if err := onePerf(ctx, h, info.ID, part.up, part.down); err != nil {
				return err
			}
			seconds := time.Since(begun).Seconds()
			prove(map[string]any{"perf": "out", "up": part.up, "down": part.down})
			if part.unit == "ms" {
				samples = append(samples, seconds*1000)
			} else {
				samples = append(samples, float64(max(part.up, part.down))*8/seconds/1e9)
			}
		}
		printSummary(part.name, part.unit, part.precision, samples)
	}
	return nil
}

func onePerf(ctx context.Context, h host.Host, id peer.ID, up, down int64) error {
	s, err := h.NewStream(network.WithNoDial(ctx, "perf"), id, perfID)
	if err != nil {
		return err
	}
	if err := perfOn(s, up, down); err != nil {
		s.Reset()
		return err
	}
	return s.Close()
}

func envInt(name string, otherwise int64) int64 {
	if value, err := strconv.ParseInt(os.Getenv(name), 10, 64); err == nil {
		return value
	}
	return otherwise
}

func printSummary(name, unit string, precision int, samples []float64) {
	slices.Sort(samples)
	q1, median, q3 := percentile(samples, 0.25), percentile(samples, 0.5), percentile(samples, 0.75)
	low, high := q1-1.5*(q3-q1), q3+1.5*(q3-q1)
	var inside, outside []float64
	for _, sample := range samples {
		if sample < low || sample > high {
			outside = append(outside, sample)
		} else {
			inside = append(inside, sample)
		}
	}
	if len(inside) == 0 {
		inside = []float64{0}
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', precision, 64) }
	list := func(values []float64) string {
		var texts []string
		for _, v := range values {
			texts = append(texts, number(v))
		}
		return "[" + strings.Join(texts, ", ") + "]"
	}
	fmt.Printf("%s:\n  iterations: %d\n  min: %s\n  q1: %s\n  median: %s\n  q3: %s\n  max: %s\n", name, len(samples),
		number(inside[0]), number(q1), number(median), number(q3), number(inside[len(inside)-1]))
	fmt.Printf("  outliers: %s\n  samples: %s\n  unit: %s\n", list(outside), list(samples), unit)
}

// percentile interpolates linearly in sorted samples.
func percentile(sorted []float64, at float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	position := at * float64(len(sorted)-1)
	below := math.Floor(position)
	value := sorted[int(below)]
	if next := int(below) + 1; next < len(sorted) {
		value += (position - below) * (sorted[next] - value)
	}
	return value
}

// redis speaks as much of Redis's protocol as the matrix needs.
type redis struct {
	conn net.Conn
	in   *bufio.Reader
}

func dialRedis(addr string) (*redis, error) {
	conn, err := net.DialTimeout("tcp", addr, 30*time.Second)
	if err != nil {
		return nil, err
	}
	return &redis{conn, bufio.NewReader(conn)}, nil
}

// call gives the strings of the reply: none for nil, one for a scalar.
func (r *redis) call(words ...string) ([]string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, word := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(word), word)
	}
	if _, err := r.conn.Write([]byte(b.String())); err != nil {
		return nil, err
	}
	return r.reply()
}

func (r *redis) reply() ([]string, error) {
	line, err := r.in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return nil, fmt.Errorf("an empty reply of redis")
	}
	rest := line[1:]
	switch line[0] {
	case '+', ':':
		return []string{rest}, nil
	case '-':
		return nil, fmt.Errorf("redis: %s", rest)
	case '$', '*':
		return r.counted(line[0], rest)
	}
	return nil, fmt.Errorf("redis said %q", line)
}

func (r *redis) counted(kind byte, count string) ([]string, error) {
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 {
		return nil, err
	}
	if kind == '$' {
		data := make([]byte, n+2)
		if _, err := io.ReadFull(r.in, data); err != nil {
			return nil, err
		}
		return []string{string(data[:n])}, nil
	}
	var all []string
	for range n {
		one, err := r.reply()
		if err != nil {
			return nil, err
		}
		all = append(all, one...)
	}
	return all, nil
}
