namespace PondSentinel.Sensors.Buses.ModbusRtu;

/// <summary>What has been heard since a request went out: its echo, where the adapter gives one, and the reply.</summary>
/// <param name="Request">The request.</param>
/// <param name="LineEchoes">Whether this line has been heard to repeat what is sent.</param>
internal readonly record struct ModbusHearing(ModbusRequest Request, bool LineEchoes)
{
    /// <summary>Where the echo ends in what came, 0 where there is none.</summary>
    public int EchoEnd { get; private init; }

    /// <summary>What is known of the reply.</summary>
    public ModbusMatch Match { get; private init; }

    /// <summary>First byte of the reply, counted from <see cref="EchoEnd"/>.</summary>
    public int Offset { get; private init; }

    /// <summary>Length of the reply.</summary>
    public int Length { get; private init; }

    /// <summary>Takes note of more bytes.</summary>
    /// <param name="received">All that came.</param>
    public ModbusHearing With(ReadOnlySpan<byte> received)
    {
        // Everything up to the end of an echo came before the device had heard the request. A reply that repeats the
        // request is its echo only on a line that is known to echo.
        var echo = Request.IsRepeatedByReply && !LineEchoes ? -1 : received.IndexOf(Request.Frame.Span);
        var end = echo < 0 ? 0 : echo + Request.Frame.Length;
        var finding = ModbusReply.Find(received[end..], Request);
        return new ModbusHearing(Request, Request.IsRepeatedByReply ? LineEchoes : echo >= 0)
        {
            EchoEnd = end, Match = finding.Match, Offset = finding.Offset, Length = finding.Length,
        };
    }
}
