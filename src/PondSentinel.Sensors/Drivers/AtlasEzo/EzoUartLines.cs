namespace PondSentinel.Sensors.Drivers.AtlasEzo;

/// <summary>Lines of a circuit out of pieces that a UART brings. Pure but for what it holds of the last, unfinished one.
/// </summary>
internal sealed class EzoUartLines
{
    // The longest answer there is has 41 characters.
    private const int LengthMax = 64;
    private const byte End = (byte)'\r';

    private readonly Queue<byte> bytes = new();

    /// <summary>Whether nothing waits in it.</summary>
    public bool IsEmpty => bytes.Count == 0;

    /// <summary>Takes bytes in.</summary>
    /// <param name="piece">What came.</param>
    public void Add(ReadOnlySpan<byte> piece)
    {
        foreach (var value in piece)
        {
            bytes.Enqueue(value);
        }
    }

    /// <summary>The next whole line, or null where there is none yet.</summary>
    public EzoUartLine? Next()
    {
        var length = 0;
        foreach (var value in bytes)
        {
            if (value == End || length == LengthMax)
            {
                return Take(length, isEnded: value == End);
            }

            length++;
        }

        return null;
    }

    private EzoUartLine Take(int length, bool isEnded)
    {
        var taken = new byte[length];
        for (var i = 0; i < length; i++)
        {
            taken[i] = bytes.Dequeue();
        }

        if (isEnded)
        {
            bytes.Dequeue();
        }

        return isEnded && EzoText.Printable(taken) is { } text
            ? EzoUartLine.Of(text)
            : new EzoUartLine(EzoUartKind.Garbled, Convert.ToHexString(taken));
    }
}

/// <summary>A line of a circuit.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">What it says.</param>
internal readonly record struct EzoUartLine(EzoUartKind Kind, string Text)
{
    /// <summary>What a text is.</summary>
    /// <param name="text">Printable, without its end.</param>
    public static EzoUartLine Of(string text) => text switch
    {
        "*OK" => new(EzoUartKind.Done, text),
        "*ER" => new(EzoUartKind.Error, text),
        "*OV" => new(EzoUartKind.BadSupply, "above 5.5 V"),
        "*UV" => new(EzoUartKind.BadSupply, "below 3.1 V"),
        "*RS" or "*RE" => new(EzoUartKind.Restarted, text),
        "" or ['*', ..] => new(EzoUartKind.Other, text),
        _ => new(EzoUartKind.Text, text),
    };
}

/// <summary>Kinds of lines.</summary>
internal enum EzoUartKind
{
    /// <summary>An answer.</summary>
    Text,

    /// <summary>The command is done.</summary>
    Done,

    /// <summary>It does not know the command.</summary>
    Error,

    /// <summary>Its supply is too high or too low.</summary>
    BadSupply,

    /// <summary>It has started anew.</summary>
    Restarted,

    /// <summary>It went to sleep or woke, or says something that concerns nobody here.</summary>
    Other,

    /// <summary>No line of a circuit.</summary>
    Garbled,
}
