using System.Globalization;

namespace PondSentinel.Simulator.Devices;

/// <summary>The one language in which faults are told: a word for each kind.</summary>
internal static class FaultWords
{
    /// <summary>All words, in the order in which they are shown.</summary>
    public static IReadOnlyList<FaultWord> All { get; } =
    [
        new(FaultKind.None, "ok", "it is well again"),
        new(FaultKind.Mute, "mute", "it says nothing"),
        new(FaultKind.Late, "late", "it answers that many milliseconds late"),
        new(FaultKind.Garble, "garble", "one bit of each answer is wrong"),
        new(FaultKind.Cut, "cut", "only the first half of each answer comes"),
        new(FaultKind.Stray, "stray", "a 00 and an FF before each answer: no bias on the line"),
        new(FaultKind.Echo, "echo", "the request before each answer: an adapter that hears itself"),
        new(FaultKind.OtherAddress, "other", "another address in each answer"),
        new(FaultKind.Refuse, "refuse", "exception 02: it does not have the register"),
        new(FaultKind.Busy, "busy", "exception 06: it is busy"),
        new(FaultKind.Stuck, "stuck", "its values stay what they are"),
        new(FaultKind.NoNumber, "nan", "NaN, all ones, or its maker's sign for no number"),
        new(FaultKind.Error, "error", "it says that it cannot measure: wiper in the light, range not found, error code"),
        new(FaultKind.Unstarted, "unstarted", "an old piece: no numbers until it is started (0x2500)"),
        new(FaultKind.Absent, "absent", "some of its probes are not fitted and read 0"),
        new(FaultKind.Supply, "supply", "it says that its supply has a problem"),
        new(FaultKind.Asleep, "asleep", "it sleeps"),
        new(FaultKind.Starting, "starting", "it says that it has just started"),
        new(FaultKind.Fan, "fan", "it says that its fan has failed"),
        new(FaultKind.Laser, "laser", "it says that its laser has failed"),
        new(FaultKind.Degraded, "degraded", "it says that it is degraded"),
        new(FaultKind.Heater, "heater", "it says that its heater has failed"),
        new(FaultKind.Climate, "climate", "it says that its sensor of temperature and humidity has failed"),
        new(FaultKind.Memory, "memory", "it says that its memory is damaged"),
        new(FaultKind.Zeros, "zeros", "nothing but zeros"),
        new(FaultKind.MidFrame, "midframe", "it is heard from the middle of a message on"),
        new(FaultKind.Pending, "pending", "it works on the command without end"),
        new(FaultKind.NoData, "nodata", "it has no data"),
        new(FaultKind.TopBits, "topbits", "the top bit of each byte is set: a Pi and a stretched clock"),
        new(FaultKind.Restart, "restart", "it starts anew after each command"),
        new(FaultKind.Nack, "nack", "it acknowledges nothing"),
        new(FaultKind.Held, "held", "it holds a wire of the bus"),
        new(FaultKind.Rail, "rail", "its inputs stand at the rail"),
        new(FaultKind.OtherChip, "otherchip", "another chip is in its place"),
        new(FaultKind.NotReady, "notready", "it never ends its measurement"),
        new(FaultKind.PowerOn, "poweron", "what it holds after it got its supply: 85 degrees"),
        new(FaultKind.Gone, "gone", "it has gone from the bus"),
        new(FaultKind.Closed, "closed", "its contact stays closed"),
        new(FaultKind.Bounce, "bounce", "its contact bounces"),
        new(FaultKind.Noise, "noise", "its line is never still"),
    ];

    /// <summary>What goes wrong on any line that answers go over.</summary>
    public static IReadOnlyList<FaultKind> OnLines { get; } =
        [FaultKind.Mute, FaultKind.Late, FaultKind.Garble, FaultKind.Cut, FaultKind.Stray];

    /// <summary>What goes wrong with any Modbus slave.</summary>
    public static IReadOnlyList<FaultKind> OnModbus { get; } =
    [
        .. OnLines, FaultKind.Echo, FaultKind.OtherAddress, FaultKind.Refuse, FaultKind.Busy, FaultKind.Stuck,
        FaultKind.NoNumber,
    ];

    /// <summary>What goes wrong with any I2C device.</summary>
    public static IReadOnlyList<FaultKind> OnI2c { get; } = [FaultKind.Nack, FaultKind.Held, FaultKind.Stuck];

    /// <summary>The word of a kind.</summary>
    /// <param name="kind">The kind.</param>
    public static string Of(FaultKind kind) => All.First(word => word.Kind == kind).Word;
}

/// <summary>A word.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Word">The word.</param>
/// <param name="What">What it means, for people.</param>
internal sealed record FaultWord(FaultKind Kind, string Word, string What)
{
    /// <summary>Whether a number of milliseconds follows.</summary>
    public bool TakesMilliseconds => Kind == FaultKind.Late;
}

/// <summary>A device whose faults can be switched.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Faults">Its faults.</param>
/// <param name="Knobs">The kinds that it has.</param>
internal sealed record SwitchedDevice(string Id, Faults Faults, IReadOnlyList<FaultKind> Knobs);

/// <summary>Does what lines of text ask for. Thread-safe.</summary>
/// <param name="devices">The devices.</param>
/// <param name="lines">Lines whose cable can be pulled.</param>
internal sealed class FaultCommands(IReadOnlyList<SwitchedDevice> devices, IReadOnlyList<VirtualLine> lines)
{
    private const int LateMsMax = 60_000;

    /// <summary>The devices.</summary>
    public IReadOnlyList<SwitchedDevice> Devices => devices;

    /// <summary>Does what a line of text asks for.</summary>
    /// <param name="text">For example <c>mute downstream-nh4</c>.</param>
    /// <returns>What was done, or what is wrong with the text; of several lines where that is its help.</returns>
    public (bool IsUnderstood, string Said) Do(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        switch (words)
        {
            case ["help"]:
                return (true, Help());
            case ["unplug" or "plug", var id] when lines.FirstOrDefault(line => line.Id == id) is { } line:
                line.Plugged = words[0] == "plug";
                return (true, $"{words[0]} {id}");
            case ["baud", var id, var number] when lines.FirstOrDefault(line => line.Id == id) is { } line
                && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var baud):
                line.OnlyBaud = baud == 0 ? null : baud;
                return (true, string.Create(CultureInfo.InvariantCulture, $"baud {id} {baud}"));
            case [var name, var id, .. var rest]
                when FaultWords.All.FirstOrDefault(word => word.Word == name) is { } word
                && devices.FirstOrDefault(device => device.Id == id) is { } device:
                return Switch(word, device, rest);
            default:
                return (false, $"not understood: {text.Trim()}; say help. Devices {Names(devices.Select(device => device.Id))}; "
                    + $"lines {Names(lines.Select(line => line.Id))}");
        }
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } text ? text : "none";

    private static (bool IsUnderstood, string Said) Switch(FaultWord word, SwitchedDevice device, string[] rest)
    {
        if (word.Kind != FaultKind.None && !device.Knobs.Contains(word.Kind))
        {
            return (false, $"{device.Id} has no {word.Word}; it has {string.Join(", ", device.Knobs.Select(FaultWords.Of))}");
        }

        if (!word.TakesMilliseconds && rest.Length == 0)
        {
            device.Faults.Switch(word.Kind);
            return (true, $"{word.Word} {device.Id}");
        }

        if (word.TakesMilliseconds && rest is [var number]
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var late) && late <= LateMsMax)
        {
            device.Faults.Switch(word.Kind, TimeSpan.FromMilliseconds(late));
            return (true, string.Create(CultureInfo.InvariantCulture, $"{word.Word} {device.Id} {late}"));
        }

        return (false, word.TakesMilliseconds
            ? string.Create(CultureInfo.InvariantCulture, $"say {word.Word} {device.Id} and milliseconds, at most {LateMsMax}")
            : $"say {word.Word} {device.Id} and no more");
    }

    private string Help()
    {
        var used = devices.SelectMany(device => device.Knobs).Append(FaultKind.None).ToHashSet();
        return string.Join('\n',
        [
            .. FaultWords.All.Where(word => used.Contains(word.Kind))
                .Select(word => $"{word.Word} DEVICE{(word.TakesMilliseconds ? " MS" : "")}: {word.What}"),
            .. lines.Count == 0 ? Array.Empty<string>() : 
            [
                $"unplug LINE, plug LINE: the cable of {Names(lines.Select(line => line.Id))}",
                "baud LINE N: its devices hear and are heard at that baud rate only; 0 for any",
            ],
            .. devices.Select(device => $"{device.Id} has {string.Join(", ", device.Knobs.Select(FaultWords.Of))}"),
        ]);
    }
}

/// <summary>What a line makes of an answer. Pure.</summary>
internal static class LineFaults
{
    /// <summary>What goes out.</summary>
    /// <param name="kind">What is wrong.</param>
    /// <param name="request">What was asked; empty for what is sent unasked.</param>
    /// <param name="answer">The answer as it should be.</param>
    /// <returns>The bytes, and whether the answer is whole among them; null where nothing goes out.</returns>
    public static (byte[] Bytes, bool IsWhole)? Distort(FaultKind kind, ReadOnlySpan<byte> request, byte[] answer)
    {
        switch (kind)
        {
            case FaultKind.Mute:
                return null;
            case FaultKind.Garble:
                byte[] garbled = [.. answer];
                garbled[garbled.Length / 2] ^= 0x10;
                return (garbled, false);
            case FaultKind.Cut:
                return (answer[..(answer.Length / 2)], false);
            case FaultKind.Stray:
                return ([0x00, 0xFF, .. answer], true);
            case FaultKind.Echo:
                return ([.. request, .. answer], true);
            default:
                return (answer, true);
        }
    }
}
