using System.Globalization;
using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Buses.ModbusRtu;

/// <summary>What it means when a device does not answer, or answers that it will not.</summary>
internal static class ModbusFailures
{
    // Enough to see what a frame was, within the length that a fault report keeps.
    private const int BytesShownMax = 24;

    /// <summary>A device that refuses. Codes 05 and 06 pass by themselves, the others do not.</summary>
    /// <param name="code">The exception code.</param>
    /// <param name="request">What it refused.</param>
    public static Reading.Failed Exception(byte code, ModbusRequest request)
    {
        // Modbus Application Protocol V1.1b3, 7.
        var (fault, meaning) = code switch
        {
            0x01 => (SensorFault.Refused, "it does not know the function"),
            0x02 => (SensorFault.Refused, "it does not have the register"),
            0x03 => (SensorFault.Refused, "it does not take the value"),
            0x04 => (SensorFault.DeviceFault, "it has failed"),
            0x05 => (SensorFault.TimedOut, "it needs more time"),
            0x06 => (SensorFault.TimedOut, "it is busy"),
            0x08 => (SensorFault.DeviceFault, "its memory is damaged"),
            0x0A => (SensorFault.Refused, "a Modbus gateway has no way to it"),
            0x0B => (SensorFault.NoAnswer, "a Modbus gateway had no answer from it"),
            _ => (SensorFault.Refused, "the meaning of the code is not known"),
        };
        return new Reading.Failed(
            fault,
            string.Create(CultureInfo.InvariantCulture, $"{Describe(request)}: exception {code:X2}, {meaning}"));
    }

    /// <summary>A device from which no good reply came.</summary>
    /// <param name="request">What it was asked.</param>
    /// <param name="match">What was found of the reply.</param>
    /// <param name="bytes">What came, without an echo.</param>
    /// <param name="echoed">Whether an echo came.</param>
    /// <param name="waited">How long it had.</param>
    public static Reading.Failed Nothing(
        ModbusRequest request, ModbusMatch match, ReadOnlySpan<byte> bytes, bool echoed, TimeSpan waited)
    {
        var what = Describe(request);
        var echo = echoed ? " but the echo of the request" : "";
        var shown = Convert.ToHexString(bytes[..Math.Min(bytes.Length, BytesShownMax)]);
        return match switch
        {
            ModbusMatch.Part => Failed(
                SensorFault.TimedOut, $"{what}: only part of a reply of {request.ReplyLength} bytes: {shown}"),
            ModbusMatch.Garbled => Failed(SensorFault.Garbled, $"{what}: the checksum is wrong: {shown}"),
            _ when bytes.IsEmpty => Failed(
                SensorFault.NoAnswer, $"{what}: no byte{echo} within {waited.TotalMilliseconds:0} ms"),
            _ when bytes.Length < ModbusReply.LengthMin => Failed(
                SensorFault.NoAnswer, $"{what}: nothing{echo} but stray bytes within {waited.TotalMilliseconds:0} ms: {shown}"),
            _ => Failed(SensorFault.Garbled, $"{what}: no reply to it among {bytes.Length} bytes: {shown}"),
        };
    }

    private static Reading.Failed Failed(SensorFault fault, FormattableString detail) =>
        new(fault, FormattableString.Invariant(detail));

    private static string Describe(ModbusRequest request)
    {
        var frame = request.Frame.Span;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"address {request.Address}, function {request.Function:X2}, register 0x{(frame[2] << 8) | frame[3]:X4}");
    }
}
