package template

// Shape says what may follow a dot: it is what templates are checked against
// when they are compiled. A nil Shape is a value without fields.
type Shape struct {
	Fields  []Field
	Methods []Method
	// Open says that further names are keys of a map, with values of any shape.
	Open bool
}

// Field is a field of a Shape. (Lists, not maps: those would be made by code at
// each start, 20 KB of the module.)
type Field struct {
	Name  string
	Shape *Shape
}

// Method is a method of a Shape.
type Method struct {
	Name string
	// Params is the signature, in the letters of function.
	Params string
	// Result is the shape of what it returns.
	Result *Shape
	// Refused says why it cannot be called; "" if it can.
	Refused string
}

// field gives the shape of a field; ok is false if there is none of that name.
func (s *Shape) field(name string) (shape *Shape, ok bool) {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return s.Fields[i].Shape, true
		}
	}
	return nil, false
}

// method gives the method of that name, nil if there is none.
func (s *Shape) method(name string) *Method {
	for i := range s.Methods {
		if s.Methods[i].Name == name {
			return &s.Methods[i]
		}
	}
	return nil
}

var anyShape = &Shape{Open: true}

// SessionShape is Oathkeeper's session (pipeline/authn/authenticator.go,
// AuthenticationSession).
var SessionShape = &Shape{Fields: []Field{
	{Name: "Subject"},
	{"Extra", anyShape},
	{"Header", headerShape},
	{"MatchContext", &Shape{Fields: []Field{
		{Name: "RegexpCaptureGroups"},
		{"URL", urlShape},
		{Name: "Method"},
		{"Header", headerShape},
	}}},
}}

const (
	changes   = "changes the session; set headers with a mutator"
	noResult  = "gives no value"
	notInHere = "is not supported; use the URL's fields"
)

var headerShape = &Shape{
	Open: true,
	Methods: []Method{
		{Name: "Get", Params: "s"},
		{Name: "Values", Params: "s"},
		{Name: "Clone", Result: anyShape},
		{Name: "Add", Refused: changes},
		{Name: "Set", Refused: changes},
		{Name: "Del", Refused: changes},
		{Name: "Write", Refused: noResult},
		{Name: "WriteSubset", Refused: noResult},
	},
}

var queryShape = &Shape{
	Open: true,
	Methods: []Method{
		{Name: "Get", Params: "s"},
		{Name: "Has", Params: "s"},
		{Name: "Encode"},
		{Name: "Add", Refused: noResult},
		{Name: "Set", Refused: noResult},
		{Name: "Del", Refused: noResult},
	},
}

var userShape = &Shape{Methods: []Method{
	{Name: "Username"},
	{Name: "String"},
	{Name: "Password", Refused: "is never set in the URL of a request"},
}}

var urlShape = &Shape{
	Fields: []Field{
		{Name: "Scheme"},
		{Name: "Opaque"},
		{Name: "Host"},
		{Name: "Path"},
		{Name: "RawPath"},
		{Name: "ForceQuery"},
		{Name: "OmitHost"},
		{Name: "RawQuery"},
		{Name: "Fragment"},
		{Name: "RawFragment"},
		{"User", userShape},
	},
	Methods: []Method{
		{Name: "EscapedPath"},
		{Name: "EscapedFragment"},
		{Name: "Hostname"},
		{Name: "Port"},
		{Name: "IsAbs"},
		{Name: "RequestURI"},
		{Name: "String"},
		{Name: "Redacted"},
		{Name: "Query", Result: queryShape},
		{Name: "Parse", Refused: notInHere},
		{Name: "ResolveReference", Refused: notInHere},
		{Name: "JoinPath", Refused: notInHere},
		{Name: "MarshalBinary", Refused: notInHere},
		{Name: "AppendBinary", Refused: notInHere},
		{Name: "UnmarshalBinary", Refused: notInHere},
	},
}

// names lists what may follow a dot, sorted.
func (s *Shape) names() []string {
	names := make([]string, 0, len(s.Fields)+len(s.Methods))
	for i := range s.Fields {
		names = append(names, s.Fields[i].Name)
	}
	for i := range s.Methods {
		if s.Methods[i].Refused == "" {
			names = append(names, s.Methods[i].Name)
		}
	}
	sortStrings(names)
	return names
}
