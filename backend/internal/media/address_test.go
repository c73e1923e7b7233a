package media

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestPublic(t *testing.T) {
	tests := map[string]bool{
		"93.184.216.34:80": true, "93.184.216.34:443": true, "8.8.8.8:8080": true, "8.8.8.8:8443": true,
		"[2606:4700::1111]:443": true, "[::ffff:8.8.8.8]:443": true, "[64:ff9b::808:808]:443": true,
		"8.8.8.8:22": false, "8.8.8.8:8000": false, "8.8.8.8:0": false,
		"127.0.0.1:80": false, "127.255.0.9:80": false, "0.0.0.0:80": false, "10.1.2.3:80": false, "172.16.0.1:80": false,
		"172.31.255.255:80": false, "172.32.0.1:80": true, "192.168.1.1:80": false, "169.254.169.254:80": false,
		"100.64.0.1:80": false, "100.100.100.200:80": false, "100.128.0.1:80": true, "168.63.129.16:80": false, "192.0.0.192:80": false,
		"198.18.0.1:80": false, "224.0.0.1:80": false, "255.255.255.255:80": false, "240.0.0.1:80": false,
		"[::1]:80": false, "[::]:80": false, "[::ffff:127.0.0.1]:80": false, "[::ffff:169.254.169.254]:80": false,
		"[::127.0.0.1]:80": false, "[64:ff9b::7f00:1]:80": false, "[64:ff9b::a9fe:a9fe]:80": false, "[64:ff9b:1::808:808]:80": false,
		"[2002:7f00:1::]:80": false, "[2002:808:808::]:80": false, "[2001:0:808:808::]:80": false, "[2001:db8::1]:80": false,
		"[fe80::1]:80": false, "[fe80::1%eth0]:80": false, "[fc00::1]:80": false, "[fd00:ec2::254]:80": false, "[ff02::1]:80": false,
		"[3fff::1]:80": false, "[100::1]:80": false,
	}
	for address, want := range tests {
		if got := Public(netip.MustParseAddrPort(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	if Public(netip.AddrPort{}) {
		t.Error("no address at all")
	}
}

// FuzzPublic tries every way of writing an IPv4 address in an IPv6 one: none of the special ones gets through.
func FuzzPublic(f *testing.F) {
	f.Add([]byte{127, 0, 0, 1}, uint16(80))
	f.Add([]byte{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 169, 254, 169, 254}, uint16(443))
	f.Fuzz(func(t *testing.T, raw []byte, port uint16) {
		a, ok := netip.AddrFromSlice(raw)
		if !ok || !Public(netip.AddrPortFrom(a, port)) {
			return
		}
		a = a.Unmap()
		if a.Is6() {
			wide := a.As16()
			for from := 2; from <= 12; from += 2 {
				inside := netip.AddrFrom4([4]byte(wide[from : from+4]))
				wraps := from == 12 && netip.MustParsePrefix("64:ff9b::/96").Contains(a) || from == 2 && wide[0] == 0x20 && wide[1] == 0x02
				if wraps && (inside.IsLoopback() || inside.IsPrivate() || inside.IsLinkLocalUnicast()) {
					t.Errorf("%v wraps %v", a, inside)
				}
			}
		}
		if a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || !a.IsGlobalUnicast() {
			t.Errorf("%v is not public", a)
		}
	})
}

func FuzzCheckURL(f *testing.F) {
	for _, link := range []string{
		"https://example.com/a.png", "http://user:pass@example.com/", "file:///etc/passwd", "http:///x", "//example.com", "HTTP://EXAMPLE.com",
		"http://example.com\r\nHost: x", "gopher://127.0.0.1:25/", "https://[::1]/", "http://@example.com", "http://example.com:99999/",
	} {
		f.Add(link)
	}
	f.Fuzz(func(t *testing.T, link string) {
		u, err := url.Parse(link)
		if err != nil || checkURL(u) != nil {
			return
		}
		if lower := strings.ToLower(link); !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") {
			t.Errorf("%q is no link of the web", link)
		}
		if u.User != nil || u.Hostname() == "" {
			t.Errorf("%q has a user or no host", link)
		}
	})
}
