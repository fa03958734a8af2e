namespace PondSentinel.Sensors.Drivers.SensirionSps30;

/// <summary>A command of an SPS30.</summary>
/// <param name="Code">Its byte.</param>
/// <param name="Frame">What is sent.</param>
/// <param name="Name">What it is called, for people.</param>
internal sealed record Sps30Command(byte Code, ReadOnlyMemory<byte> Frame, string Name)
{
    /// <summary>"Not allowed in the current state": one that measures is told to start, or one that does not is told to stop.</summary>
    public const byte NotAllowedNow = 0x43;

    /// <summary>"Unknown command": one of a newer firmware.</summary>
    public const byte Unknown = 0x02;

    /// <summary>Fan and laser on, values as 32-bit floating point. Only where it does not measure.</summary>
    public static Sps30Command Start { get; } = Of(0x00, "start measurement", 0x01, 0x03);

    /// <summary>Fan and laser off. Only where it measures.</summary>
    public static Sps30Command Stop { get; } = Of(0x01, "stop measurement");

    /// <summary>The values of the last second; without data where they have been read before.</summary>
    public static Sps30Command ReadValues { get; } = Of(0x03, "read measured values");

    /// <summary>Ends sleep mode, in which it hears nothing but this. The byte in front switches its UART on; where it does not sleep, it
    /// is outside of any frame.</summary>
    public static Sps30Command WakeUp { get; } = Of(0x11, "wake-up") is var command
        ? command with { Frame = (byte[])[0xFF, .. command.Frame.Span] }
        : command;

    /// <summary>The fan at full speed for <see cref="CleaningTime"/>. Only where it measures.</summary>
    public static Sps30Command CleanFan { get; } = Of(0x56, "start fan cleaning");

    /// <summary>What kind of device it is.</summary>
    public static Sps30Command ReadProductType { get; } = Of(0xD0, "product type", 0x00);

    /// <summary>Which piece it is.</summary>
    public static Sps30Command ReadSerialNumber { get; } = Of(0xD0, "serial number", 0x03);

    /// <summary>What has failed. From firmware 2.2 on.</summary>
    public static Sps30Command ReadStatus { get; } = Of(0xD2, "read device status register", 0x00);

    /// <summary>The same, and forgets it: a fan that turns again is else reported as blocked for ever.</summary>
    public static Sps30Command ClearStatus { get; } = Of(0xD2, "clear device status register", 0x01);

    /// <summary>How long the fan blows; no new values come meanwhile.</summary>
    public static TimeSpan CleaningTime { get; } = TimeSpan.FromSeconds(10);

    /// <summary>What a code means, in the words of the data sheet.</summary>
    /// <param name="code">The code.</param>
    public static string Meaning(byte code) => code switch
    {
        0x01 => "wrong data length",
        Unknown => "unknown command",
        0x03 => "no access right",
        0x04 => "parameter out of range",
        0x28 => "internal function argument out of range",
        NotAllowedNow => "not allowed in its current state",
        _ => "a code that its data sheet does not have",
    };

    private static Sps30Command Of(byte code, string name, params ReadOnlySpan<byte> data) =>
        new(code, ShdlcFrame.Command(code, data), name);
}
