package template

// owned is an Object whose maps a template may change: what it gives are copies,
// the same ones each time.
type owned struct {
	Object
	fields map[string]any
}

// Field gives the copy of the Object's field.
func (o *owned) Field(name string) (any, bool) {
	if v, ok := o.fields[name]; ok {
		return v, true
	}
	v, ok := o.Object.Field(name)
	if !ok {
		return nil, false
	}
	switch w := v.(type) {
	case map[string]any, []any:
		v = copyOf(w)
	case *URL, *HeaderMap, *Values:
	case Object:
		v = &owned{Object: w}
	}
	if o.fields == nil {
		o.fields = map[string]any{}
	}
	o.fields[name] = v
	return v, true
}

// Call calls the Object's method.
func (o *owned) Call(method string, args []any) (any, error) {
	if c, ok := o.Object.(Callable); ok {
		return c.Call(method, args)
	}
	return nil, ErrNoMethod
}

// copyOf copies lists and maps in depth: they are data, without cycles.
func copyOf(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if v == nil {
			return v
		}
		c := make(map[string]any, len(v))
		for key, value := range v {
			c[key] = copyOf(value)
		}
		return c
	case []any:
		if v == nil {
			return v
		}
		c := make([]any, len(v))
		for i := range v {
			c[i] = copyOf(v[i])
		}
		return c
	}
	return v
}
