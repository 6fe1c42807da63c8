package template

// Shape says what may follow a dot: it is what templates are checked against
// when they are compiled. A nil Shape is a value without fields.
type Shape struct {
	Fields  map[string]*Shape
	Methods map[string]*Method
	// Open says that further names are keys of a map, with values of any shape.
	Open bool
}

// Method is a method of a Shape.
type Method struct {
	// Params is the signature, in the letters of function.
	Params string
	// Result is the shape of what it returns.
	Result *Shape
	// Refused says why it cannot be called; "" if it can.
	Refused string
}

var anyShape = &Shape{Open: true}

// SessionShape is Oathkeeper's session (pipeline/authn/authenticator.go,
// AuthenticationSession).
var SessionShape = &Shape{Fields: map[string]*Shape{
	"Subject": nil,
	"Extra":   anyShape,
	"Header":  headerShape,
	"MatchContext": {Fields: map[string]*Shape{
		"RegexpCaptureGroups": nil,
		"URL":                 urlShape,
		"Method":              nil,
		"Header":              headerShape,
	}},
}}

const (
	changes   = "changes the session; set headers with a mutator"
	noResult  = "gives no value"
	notInHere = "is not supported; use the URL's fields"
)

var headerShape = &Shape{
	Open: true,
	Methods: map[string]*Method{
		"Get":         {Params: "s"},
		"Values":      {Params: "s"},
		"Clone":       {Result: &Shape{Open: true}},
		"Add":         {Refused: changes},
		"Set":         {Refused: changes},
		"Del":         {Refused: changes},
		"Write":       {Refused: noResult},
		"WriteSubset": {Refused: noResult},
	},
}

var urlShape = &Shape{
	Fields: map[string]*Shape{
		"Scheme": nil, "Opaque": nil, "Host": nil, "Path": nil, "RawPath": nil,
		"ForceQuery": nil, "OmitHost": nil, "RawQuery": nil, "Fragment": nil, "RawFragment": nil,
		"User": {Methods: map[string]*Method{
			"Username": {},
			"String":   {},
			"Password": {Refused: "is never set in the URL of a request"},
		}},
	},
	Methods: map[string]*Method{
		"EscapedPath": {}, "EscapedFragment": {}, "Hostname": {}, "Port": {},
		"IsAbs": {}, "RequestURI": {}, "String": {}, "Redacted": {},
		"Query": {Result: &Shape{
			Open: true,
			Methods: map[string]*Method{
				"Get": {Params: "s"}, "Has": {Params: "s"}, "Encode": {},
				"Add": {Refused: noResult}, "Set": {Refused: noResult}, "Del": {Refused: noResult},
			},
		}},
		"Parse":            {Refused: notInHere},
		"ResolveReference": {Refused: notInHere},
		"JoinPath":         {Refused: notInHere},
		"MarshalBinary":    {Refused: notInHere},
		"AppendBinary":     {Refused: notInHere},
		"UnmarshalBinary":  {Refused: notInHere},
	},
}

// names lists what may follow a dot, sorted.
func (s *Shape) names() []string {
	names := make([]string, 0, len(s.Fields)+len(s.Methods))
	for name := range s.Fields {
		names = append(names, name)
	}
	for name, m := range s.Methods {
		if m.Refused == "" {
			names = append(names, name)
		}
	}
	sortStrings(names)
	return names
}
