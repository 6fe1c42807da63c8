package corpus

import (
	"reflect"
	"testing"
)

func TestDeliver(t *testing.T) {
	r := Request{Method: "GET", Target: "http://other.test?q", Hosts: []string{"app.test"}, Headers: []Header{
		{"Authorization", "Bearer a"},
		{"AUTHORIZATION", ""},
		{"authorization", "Bearer b"},
		{"X-A", "1"},
		{"x-a", " 2\t"},
		{"Connection", "x-a"},
		{"Cookie", "a=b"},
		{"Cookie", "c=d"},
		{"Accept", ""},
		{"Accept", "*/*"},
	}}
	want := Delivered{Method: "GET", Scheme: "https", Authority: "other.test", Path: "/?q", Headers: []Header{
		{"authorization", "Bearer a,Bearer b"},
		{"x-a", "1"},
		{"x-a", "2"},
		{"cookie", "a=b"},
		{"cookie", "c=d"},
		{"accept", "*/*"},
		{"x-forwarded-proto", "https"},
	}}
	if got := Deliver(&r, true); !reflect.DeepEqual(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
}
