package sdkhost

// Metric types of the ABI.
const (
	metricCounter = iota
	metricGauge
	metricHistogram
)

func defineMetric(kind uint32, name string) (id uint32, err error) {
	status := proxyDefineMetric(kind, name, &outID)
	if status != 0 {
		return 0, statusError(status)
	}
	return outID, nil
}

// DefineCounterMetric returns the id of the counter of that name, which is made if need be.
func DefineCounterMetric(name string) (id uint32, err error) {
	return defineMetric(metricCounter, name)
}

// DefineGaugeMetric returns the id of the gauge of that name, which is made if need be.
func DefineGaugeMetric(name string) (id uint32, err error) { return defineMetric(metricGauge, name) }

// DefineHistogramMetric returns the id of the histogram of that name, which is made if need be.
func DefineHistogramMetric(name string) (id uint32, err error) {
	return defineMetric(metricHistogram, name)
}

// IncrementMetric adds to a counter or gauge.
func IncrementMetric(id uint32, offset int64) error {
	return statusError(proxyIncrementMetric(id, offset))
}

// RecordHistogramMetric adds a value to a histogram.
func RecordHistogramMetric(id uint32, value uint64) error {
	return statusError(proxyRecordMetric(id, value))
}

// GetMetric returns the value of a counter or gauge.
func GetMetric(id uint32) (uint64, error) {
	outValue = 0
	status := proxyGetMetric(id, &outValue)
	if status != 0 {
		return 0, statusError(status)
	}
	return outValue, nil
}
