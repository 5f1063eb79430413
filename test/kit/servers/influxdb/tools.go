//go:build tools

package tools

import _ "github.com/influxdata/influxdb/v2/cmd/influxd"
