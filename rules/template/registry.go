package template

// function is a function of the language.
type function struct {
	name string
	// sig has a letter for each parameter, and a `*` behind the last if it can
	// stand any number of times: a any value, s string, i int, f float64, b bool,
	// m map[string]any. Arguments of other types are errors before call is called.
	sig  string
	call func(s *state, args []any) (any, error)
}

// functions are all functions, by subject. call must not keep args.
func functions() [][]function {
	return [][]function{
		builtins[:],
		escapers[:],
		comparisons[:],
		defaults[:],
		stringFunctions[:],
		wordFunctions[:],
		listFunctions[:],
		dictFunctions[:],
		mergeFunctions[:],
		numberFunctions[:],
		decimalFunctions[:],
		encodings[:],
		hashes[:],
		pathFunctions[:],
		dateFunctions[:],
		randomFunctions[:],
		regexFunctions[:],
		semverFunctions[:],
		urlFunctions[:],
		typeFunctions[:],
	}
}

// lookup finds a function; if there is none, reason says why.
func lookup(name string) (f *function, reason string) {
	for _, table := range functions() {
		for i := range table {
			if table[i].name == name {
				return &table[i], ""
			}
		}
	}
	for _, r := range refused {
		for _, n := range r.names {
			if n == name {
				return nil, "the function " + quoted(name) + " " + r.reason
			}
		}
	}
	reason = "there is no function " + quoted(name)
	near := ""
	for _, table := range functions() {
		for i := range table {
			if alike(table[i].name, name) {
				near = table[i].name
			}
		}
	}
	if near != "" {
		reason += "; did you mean " + near + "?"
	}
	return nil, reason
}

// refused are functions that Oathkeeper has and that are not to be had here.
var refused = [...]struct {
	reason string
	names  []string
}{
	{
		"is refused: templates do not read the environment of the process; write the value into the template",
		[]string{"env", "expandenv"},
	},
	{
		"is refused: templates do not use the network",
		[]string{"getHostByName"},
	},
	{
		"is refused: it makes or uses keys, which has no place in a request",
		[]string{
			"genPrivateKey", "derivePassword", "buildCustomCert", "genCA", "genCAWithKey",
			"genSelfSignedCert", "genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey",
			"encryptAES", "decryptAES",
		},
	},
	{
		"is refused: it takes tens of milliseconds by design",
		[]string{"bcrypt", "htpasswd"},
	},
	{
		"is refused: it calls a value, and no value of a template is a function",
		[]string{"call"},
	},
}
