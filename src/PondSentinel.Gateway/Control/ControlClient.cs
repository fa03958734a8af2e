using System.Net.Sockets;
using System.Text.Json;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Control;

/// <summary>What became of asking a running gateway.</summary>
internal abstract record ControlReply
{
    private ControlReply()
    {
    }

    /// <summary>It was done.</summary>
    /// <param name="Body">What the gateway answered.</param>
    public sealed record Done(JsonElement Body) : ControlReply;

    /// <summary>It was not.</summary>
    /// <param name="Why">One line: what is wrong, and what to do.</param>
    public sealed record NotDone(string Why) : ControlReply
    {
        /// <summary>Whether no gateway runs, as far as can be told.</summary>
        public bool IsNobodyThere { get; init; }

        /// <summary>No gateway runs.</summary>
        /// <param name="why">One line: how it is known, and what to do.</param>
        public static NotDone Nobody(string why) => new(why) { IsNobodyThere = true };
    }
}

/// <summary>Asks a gateway that runs on this machine.</summary>
/// <param name="socket">Its control socket.</param>
/// <param name="time">For its patience.</param>
internal sealed class ControlClient(string socket, TimeProvider time)
{
    // What a gateway answers is bounded by what it has: of 1,024 devices some kilobytes each.
    private const int AnswerBytesMax = 8 * 1024 * 1024;

    /// <summary>How long an answer may take: 30 s.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Asks for something.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="write">Writes the members of the request's body.</param>
    /// <param name="patience">How long the answer may take.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ControlReply> AskAsync(
        string verb, Action<Utf8JsonWriter> write, TimeSpan patience, CancellationToken cancellationToken)
    {
        var request = ControlLine.Json(json =>
        {
            json.WriteString("verb", verb);
            json.WriteStartObject("body");
            write(json);
            json.WriteEndObject();
        });
        if (StrictJson.FaultIn(request.Span) is { } fault)
        {
            // The gateway would say the same, in the words of its protocol.
            return new ControlReply.NotDone($"nothing is asked of the gateway: {fault}; write each text in one line");
        }

        using var limit = new CancellationTokenSource(patience, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), end.Token);
        }
        catch (SocketException e)
        {
            return NobodyThere(e);
        }

        try
        {
            var line = new ControlLine(connection, AnswerBytesMax);
            await line.SendAsync(request, end.Token);
            return Read(await line.ReceiveAsync(end.Token));
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return new ControlReply.NotDone(
                $"the gateway at {socket} did not answer within {patience.TotalSeconds:0} s; whether it was done is not known: see its journal");
        }
        catch (Exception e) when (e is SocketException or ControlRefusedException)
        {
            return new ControlReply.NotDone($"the gateway at {socket} broke off ({e.Message}); whether it was done is not known: see its journal");
        }
    }

    private ControlReply.NotDone NobodyThere(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.AccessDenied => new(
            $"this user may not give orders at {socket}: use sudo, or add the user to the group {ControlSocketFile.Group}"),
        SocketError.WouldBlock => new($"the gateway at {socket} has more callers than it takes; try again in a minute"),
        _ => ControlReply.NotDone.Nobody(
            $"pond-gateway does not run: nobody answers at {socket} ({(Path.Exists(socket) ? e.Message : "there is no such socket")}); start it, for example with "
            + "systemctl start pond-gateway, and try again"),
    };

    private ControlReply Read(byte[]? answer)
    {
        if (answer is null || StrictJson.FaultIn(answer) is not null)
        {
            return new ControlReply.NotDone(
                $"the gateway at {socket} gave no answer that can be read; whether it was done is not known: see its journal");
        }

        using var document = JsonDocument.Parse(answer);
        var top = document.RootElement;
        if (top.TryGetProperty("ok", out var ok) && ok.ValueKind == JsonValueKind.True && top.TryGetProperty("body", out var body))
        {
            return new ControlReply.Done(body.Clone());
        }

        return new ControlReply.NotDone(
            top.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.String ? error.GetString()! : "refused without a reason");
    }
}
