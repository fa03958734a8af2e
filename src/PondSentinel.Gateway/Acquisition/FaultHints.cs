using PondSentinel.Measurements;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>What somebody at the pond should look at first.</summary>
internal static class FaultHints
{
    /// <summary>The first thing to check.</summary>
    /// <param name="fault">What is wrong.</param>
    /// <param name="where">The device's place: bus, port and address.</param>
    /// <param name="line">The kind of line it hangs on.</param>
    /// <param name="shared">Whether other devices hang on the same line (RS-485), so that polarity and address matter.
    /// </param>
    /// <param name="isPart">Whether only a part of what the device measures is missing: then it is there and hears.</param>
    public static string For(SensorFault fault, string where, LineKind line, bool shared, bool isPart = false) => fault switch
    {
        SensorFault.NoAnswer when isPart =>
            $"compare its model and firmware with those configured, or remove the channels that it does not answer about, at {where}",
        SensorFault.NoAnswer when line == LineKind.I2c => $"check the supply, SDA and SCL, and that i2cdetect finds the address at {where}",
        SensorFault.TimedOut or SensorFault.Garbled when line == LineKind.I2c =>
            $"check pull-ups, the length of the wires and the supply, and unplug one device after the other at {where}",
        SensorFault.NoAnswer when line == LineKind.Spi => $"check the supply, MISO, MOSI, SCK and the select line at {where}",
        SensorFault.Garbled or SensorFault.TimedOut when line == LineKind.Spi =>
            $"shorten the wires, check the ground and the supply, and start the sensor anew at {where}",
        SensorFault.NoAnswer or SensorFault.Garbled when line == LineKind.OneWire =>
            $"check the supply, the data wire and its pull-up of 4.7 kΩ, and the chip's number at {where}",
        SensorFault.BusDown when line is LineKind.I2c or LineKind.Spi or LineKind.OneWire => $"check that the bus is switched on in config.txt at {where}",
        SensorFault.BusDown when line == LineKind.Gpio =>
            $"check the chip's number with gpiodetect, that libgpiod is installed and the user in the group gpio at {where}",
        SensorFault.DeviceFault when line == LineKind.Gpio =>
            $"check the contact and its wire for water, a short circuit and a bucket that is stuck at {where}",
        SensorFault.Absent when line == LineKind.Host => $"remove the channels of what this machine does not say at {where}",
        SensorFault.DeviceFault when line == LineKind.Host => $"copy the buffer and replace the medium of {where}",
        SensorFault.NoAnswer when shared => $"check the supply, A/B polarity and the address at {where}",
        SensorFault.NoAnswer => $"check the supply, RX and TX at {where}",
        SensorFault.TimedOut => $"check the supply under load and the connector at {where}",
        SensorFault.Refused => $"check that the model and its firmware are those configured at {where}",
        SensorFault.Garbled when shared =>
            $"check baud rate, parity, termination and for two devices with one address at {where}",
        SensorFault.Garbled => $"check baud rate and shielding at {where}",
        SensorFault.BusDown => $"check that the adapter is plugged in and no other program uses it at {where}",
        SensorFault.WrongDevice =>
            $"compare model, serial number and address of the piece with those configured at {where}; its values are not kept",
        SensorFault.NotReady => $"wait until it has warmed up; if it never has, check the supply at {where}",
        SensorFault.Absent => $"remove the channels of parts that are not fitted, or check their plugs at {where}",
        SensorFault.Uncompensated =>
            $"check the sensor that its temperature or potassium is from, and calibrate near the water's temperature at {where}",
        SensorFault.Incomplete => $"nothing to mend: a total over this time is a lower bound at {where}",
        SensorFault.DeviceFault when line == LineKind.I2c =>
            $"look at what its detail names, the current loop, the electrode, the probe or the supply, at {where}",
        SensorFault.DeviceFault => $"clean the probe and look for a blocked wiper or fan at {where}",
        SensorFault.OverRange => $"take a hand sample: the value is beyond what the device can measure at {where}",
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "Not a defined fault."),
    };
}
