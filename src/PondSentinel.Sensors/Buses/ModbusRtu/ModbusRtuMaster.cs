using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Sensors.Buses.ModbusRtu;

/// <summary>Asks the devices on an RS-485 line, one at a time and each request once.</summary>
/// <remarks>
/// <para>A reply carries nothing that ties it to its request. What keeps a late reply from being taken for the next one's:
/// before each request the line is drained until it is silent; and a device that owes a reply is asked again only when its
/// lateness (<see cref="LateMax"/> where nothing is known of it) has gone by after the deadline that it missed, while all that
/// comes is thrown away. What remains: a device that answers later than that, to a request of the same length, is believed.
/// Its values are then those of the request before: one poll old, or of another read of the same device with as many registers.
/// </para>
/// <para>Not thread-safe: the worker of the bus owns it; the counters may be read by anyone.</para>
/// </remarks>
/// <param name="line">The line; not disposed of.</param>
/// <param name="time">For deadlines.</param>
public sealed class ModbusRtuMaster(ISerialLine line, TimeProvider time)
{
    /// <summary>How long a device has for its reply where nothing else is said.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(1);

    // The longest frame twice, for an echo, and noise around it.
    private const int BufferLength = 1024;

    // Silence between frames is 3.5 characters, and 1.75 ms above 19,200 baud (Modbus over Serial Line V1.02, 2.5.1.1).
    private const double SilenceCharacters = 3.5;
    private static readonly TimeSpan SilenceMin = TimeSpan.FromMilliseconds(1.75);

    // Within a frame, an USB adapter pauses for 16 ms and a busy machine for longer.
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(50);

    // A line that is never silent is not waited for longer: the checksum judges what comes of the request.
    private static readonly TimeSpan DrainMax = TimeSpan.FromMilliseconds(500);

    private readonly byte[] buffer = new byte[BufferLength];
    private readonly Dictionary<byte, Debt> debts = [];
    private bool lineEchoes;
    private long requests;
    private long echoes;
    private long resyncs;
    private long? silentSince;

    /// <summary>How long after its deadline a reply is still expected, and thrown away, where nothing else is said.
    /// </summary>
    public static TimeSpan LateMax { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Requests so far.</summary>
    public long Requests => Interlocked.Read(ref requests);

    /// <summary>Requests that the line has repeated, so far: an adapter that hears itself.</summary>
    public long Echoes => Interlocked.Read(ref echoes);

    /// <summary>Replies that stood behind stray bytes, since the beginning. Many mean that the bus lacks bias or
    /// termination.</summary>
    public long Resyncs => Interlocked.Read(ref resyncs);

    /// <summary>The silence that goes before each request on a line.</summary>
    /// <param name="settings">How the line is set.</param>
    public static TimeSpan SilenceOn(SerialSettings settings) => Longer(SilenceMin, settings.TimeOf(SilenceCharacters));

    /// <summary>Asks a device.</summary>
    /// <param name="request">The request.</param>
    /// <param name="timeout">How long it has for its reply, over the time that the bytes take on the line.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ValueTask<ModbusAnswer> AskAsync(
        ModbusRequest request, TimeSpan timeout, CancellationToken cancellationToken) =>
        AskAsync(request, new ModbusPatience(timeout, LateMax, TimeSpan.Zero), cancellationToken);

    /// <summary>Asks a device.</summary>
    /// <param name="request">The request; its reply has a form.</param>
    /// <param name="patience">How long it has.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<ModbusAnswer> AskAsync(
        ModbusRequest request, ModbusPatience patience, CancellationToken cancellationToken)
    {
        var onLine = line.Settings.TimeOf(request.Frame.Length + request.ReplyLength) + line.Settings.Delay;
        var asked = await SendAsync(request, patience, patience.Timeout + onLine, cancellationToken);
        return asked.Fault is null
            ? await ListenAsync(request, patience.Timeout + onLine, asked.At, cancellationToken)
            : ModbusAnswer.Failed(new Reading.Failed(SensorFault.BusDown, asked.Fault));
    }

    /// <summary>Tells a device something to which it answers nothing that could be relied on, and throws away what comes.
    /// </summary>
    /// <param name="request">What it is told.</param>
    /// <param name="patience">How long it has.</param>
    /// <param name="drain">How long is listened.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Null, or what is wrong with the line.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<Reading.Failed?> TellAsync(
        ModbusRequest request, ModbusPatience patience, TimeSpan drain, CancellationToken cancellationToken)
    {
        var (at, fault) = await SendAsync(request, patience, drain, cancellationToken);
        while (fault is null && drain - time.GetElapsedTime(at) is var left && left > TimeSpan.Zero)
        {
            (_, fault) = await line.ReadAsync(buffer, left, cancellationToken);
        }

        debts.Remove(request.Address);
        return fault is null ? null : new Reading.Failed(SensorFault.BusDown, fault);
    }

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private async ValueTask<(long At, string? Fault)> SendAsync(
        ModbusRequest request, ModbusPatience patience, TimeSpan answerMax, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref requests);
        var fault = await line.OpenAsync(cancellationToken) ?? await QuietenAsync(request.Address, patience.Gap, cancellationToken);

        // Owed from the moment it is asked, so that a cancelled poll leaves no reply to the next one.
        var asked = time.GetTimestamp();
        if (fault is null)
        {
            debts[request.Address] = new Debt(asked, answerMax + patience.Lateness);
            fault = await line.WriteAsync(request.Frame, cancellationToken);
            var onLine = line.Settings.TimeOf(request.Frame.Length);
            silentSince = time.GetTimestamp() + (long)(onLine.TotalSeconds * time.TimestampFrequency);
        }

        return (asked, fault);
    }

    // Throws away all that comes until the line is silent and the device owes nothing.
    private async ValueTask<string?> QuietenAsync(byte address, TimeSpan gap, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var patience = DrainMax + OwedBy(address);
        var silence = Longer(SilenceOn(line.Settings), gap);
        if (silentSince is { } since)
        {
            // It has been silent for so long already, or what came meanwhile is read at once.
            silence = Longer(silence - time.GetElapsedTime(since), TimeSpan.Zero);
        }

        while (true)
        {
            var (count, fault) = await line.ReadAsync(buffer, Longer(silence, OwedBy(address)), cancellationToken);
            if (fault is not null)
            {
                return fault;
            }

            if (count == 0 || time.GetElapsedTime(begun) > patience)
            {
                debts.Remove(address);
                return null;
            }

            silence = Pause;
        }
    }

    private TimeSpan Pause => Longer(PauseMin, line.Settings.TimeOf(SilenceCharacters)) + line.Settings.Delay;

    /// <summary>How long a device may still send the answer to an earlier request. Asked within that time, it holds the line
    /// until it is over; who can wait off the line does so before.</summary>
    /// <param name="address">The device.</param>
    public TimeSpan OwedBy(byte address) =>
        debts.TryGetValue(address, out var debt) ? Longer(debt.For - time.GetElapsedTime(debt.Since), TimeSpan.Zero) : TimeSpan.Zero;

    private async ValueTask<ModbusAnswer> ListenAsync(
        ModbusRequest request, TimeSpan deadline, long asked, CancellationToken cancellationToken)
    {
        var heard = new ModbusHearing(request, lineEchoes);
        var received = 0;
        while (received < buffer.Length)
        {
            // Once something that begins like the reply has come, a pause is its end. Stray bytes alone end nothing: the
            // reply may come after them.
            var left = deadline - time.GetElapsedTime(asked);
            var wait = heard.Match == ModbusMatch.None ? left : Shorter(left, Pause);
            var (count, fault) = await line.ReadAsync(buffer.AsMemory(received), Longer(wait, TimeSpan.Zero), cancellationToken);
            if (fault is not null)
            {
                return ModbusAnswer.Failed(new Reading.Failed(SensorFault.BusDown, fault));
            }

            if (count == 0)
            {
                break;
            }

            silentSince = time.GetTimestamp();
            received += count;
            heard = heard.With(buffer.AsSpan(..received));
            if (heard.Match is ModbusMatch.Reply or ModbusMatch.Exception)
            {
                break;
            }
        }

        return Conclude(heard, received, time.GetElapsedTime(asked));
    }

    private ModbusAnswer Conclude(ModbusHearing heard, int received, TimeSpan waited)
    {
        var request = heard.Request;
        lineEchoes = heard.LineEchoes;
        if (heard.Match is ModbusMatch.Garbled or ModbusMatch.Exception or ModbusMatch.Reply)
        {
            debts.Remove(request.Address);
        }

        if (heard.Match is ModbusMatch.None or ModbusMatch.Part)
        {
            line.Distrust();
        }

        Interlocked.Add(ref echoes, heard.EchoEnd > 0 ? 1 : 0);
        var bytes = buffer.AsSpan(heard.EchoEnd..received);
        if (heard.Match is not (ModbusMatch.Exception or ModbusMatch.Reply))
        {
            return ModbusAnswer.Failed(ModbusFailures.Nothing(request, heard.Match, bytes, heard.EchoEnd > 0, waited));
        }

        Interlocked.Add(ref resyncs, heard.Offset > 0 ? 1 : 0);
        var frame = bytes.Slice(heard.Offset, heard.Length);
        return heard.Match == ModbusMatch.Reply
            ? new ModbusAnswer(frame[request.ReplyHeadLength..^ModbusCrc.Length].ToArray(), null)
            : ModbusAnswer.Failed(ModbusFailures.Exception(frame[2], request));
    }

    // A reply that a device may still send.
    private readonly record struct Debt(long Since, TimeSpan For);
}

/// <summary>How long a device has, and what it needs.</summary>
/// <param name="Timeout">For its reply, over the time that the bytes take on the line.</param>
/// <param name="Lateness">How long after that its reply may still come, so that it is not asked again before.</param>
/// <param name="Gap">Silence that it needs before a request; zero where the usual is enough.</param>
public readonly record struct ModbusPatience(TimeSpan Timeout, TimeSpan Lateness, TimeSpan Gap);

/// <summary>What a device answered.</summary>
/// <param name="Registers">Two bytes for each register that was read, or one for eight coils or inputs, as they came; empty after a write.</param>
/// <param name="Failure">Null, or why there is no answer.</param>
public readonly record struct ModbusAnswer(ReadOnlyMemory<byte> Registers, Reading.Failed? Failure)
{
    /// <summary>There is no answer.</summary>
    /// <param name="failure">Why.</param>
    internal static ModbusAnswer Failed(Reading.Failed failure) => new(default, failure);
}
