using PondSentinel.Sensors.Buses;
using PondSentinel.Sensors.Buses.I2c;
using PondSentinel.Sensors.Buses.OneWire;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>What is done about a line on which everybody is silent, and what somebody at the pond should look at first, in the
/// words of its kind.</summary>
internal static class BusHints
{
    /// <summary>What closing the line comes to; <c>none</c> where there is nothing to close.</summary>
    /// <param name="line">The line.</param>
    public static string Closing(LineSettings line) => line switch
    {
        TcpSerialSettings => "reconnected",
        SerialSettings => "reopened",
        _ => "none",
    };

    /// <summary>What to check when the silence begins.</summary>
    /// <param name="line">The line.</param>
    /// <param name="shared">Whether several devices hang on it: then a serial line is RS-485.</param>
    public static string Silent(LineSettings line, bool shared) => line switch
    {
        TcpSerialSettings when !shared => "check the serial server and its baud rate, the supply of the sensor and its two data wires",
        SerialSettings when !shared => "check the adapter, the supply of the sensor and its two data wires: RX and TX, or A and B of RS-485",
        TcpSerialSettings => "check the serial server and its baud rate, the supply of the probes and A/B polarity",
        SerialSettings => "check the adapter, the supply of the probes and A/B polarity",
        I2cSettings =>
            "check the supply of the devices and the pull-ups, and unplug one after the other: one of them may hold SDA or SCL low",
        OneWireSettings => "check the supply, the data wire and its pull-up of 4.7 kΩ",
        _ => "check the supply of the devices and their wires",
    };

    /// <summary>What to check after the supply was switched.</summary>
    /// <param name="line">The line.</param>
    /// <param name="shared">Whether several devices hang on it.</param>
    public static string PowerCycled(LineSettings line, bool shared) => line switch
    {
        SerialSettings when !shared => "the supply was switched off and on: if it stays silent, check it, the fuse and the two data wires",
        SerialSettings => "the supply was switched off and on: if it stays silent, check it, the fuse and A/B polarity",
        I2cSettings => "the supply was switched off and on: if it stays silent, check it, the fuse, SDA and SCL; a device that has another supply may hold them low",
        _ => "the supply was switched off and on: if it stays silent, check it, the fuse and the wires",
    };
}
