using System.Globalization;
using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Buses.I2c;

/// <summary>What the kernel's error numbers mean on an I2C bus.</summary>
/// <remarks>System.Device.I2c says them only in the text of an <see cref="IOException"/>, for example <c>Error 121 performing
/// I2C data transfer.</c> Which number an adapter gives for which trouble: the kernel's Documentation/i2c/fault-codes.rst; a
/// Pi gives 121 where nobody acknowledges.</remarks>
internal static class I2cErrors
{
    private const int NoEntry = 2;
    private const int InputOutput = 5;
    private const int NoSuchDeviceOrAddress = 6;
    private const int TryAgain = 11;
    private const int AccessDenied = 13;
    private const int NoDevice = 19;
    private const int NotSupported = 95;
    private const int NotConnected = 107;
    private const int TimedOut = 110;
    private const int RemoteInputOutput = 121;

    private const string TextBefore = "Error ";

    /// <summary>The error number in a text of System.Device.I2c.</summary>
    /// <param name="message">The text.</param>
    /// <returns>The number, or null where there is none.</returns>
    public static int? NumberIn(string message)
    {
        if (!message.StartsWith(TextBefore, StringComparison.Ordinal))
        {
            return null;
        }

        var digits = message.AsSpan(TextBefore.Length);
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(
            end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }

    /// <summary>What an error means.</summary>
    /// <param name="message">The text of the exception.</param>
    /// <param name="place">The bus.</param>
    /// <param name="address">7-bit address that was meant.</param>
    public static I2cFault Describe(string message, string place, int address)
    {
        var at = string.Create(CultureInfo.InvariantCulture, $"0x{address:X2} on {place}");
        return NumberIn(message) switch
        {
            NoSuchDeviceOrAddress or RemoteInputOutput => new(SensorFault.NoAnswer, $"nobody acknowledges at {at}"),
            TimedOut => new(
                SensorFault.TimedOut, $"the bus timed out at {at}: a device holds SDA or SCL low, or stretches the clock too long"),
            TryAgain => new(SensorFault.Garbled, $"lost the bus to noise or another master at {at}"),
            InputOutput => new(SensorFault.Garbled, $"the transfer broke off at {at}"),
            NoEntry => new(
                SensorFault.BusDown, $"{place} is not there: write dtparam=i2c_arm=on into config.txt and start the machine anew"),
            AccessDenied => new(SensorFault.BusDown, $"{place} may not be used: add the gateway's user to the group i2c"),
            NoDevice or NotConnected => new(SensorFault.BusDown, $"{place} has gone"),
            NotSupported => new(SensorFault.BusDown, $"{place} cannot do plain I2C transfers: use another adapter"),
            { } number => new(
                SensorFault.BusDown, string.Create(CultureInfo.InvariantCulture, $"error {number} at {at}")),
            null => new(SensorFault.BusDown, $"{place}: {message}"),
        };
    }
}
