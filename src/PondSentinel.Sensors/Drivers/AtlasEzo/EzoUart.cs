using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Sensors.Drivers.AtlasEzo;

/// <summary>A circuit in UART mode, as it comes from the factory: lines of text, each ended by a carriage return.</summary>
/// <remarks>
/// <para>An answer carries nothing that ties it to its question. After a failure whatever still comes is listened to until
/// the line is quiet and no answer can be under way any more, and the circuit must then say what it is, which no reading looks
/// like; so a reading that comes late is not taken for the next one.</para>
/// <para>It has its line for itself, so it listens while the circuit works, and leaves it to nobody.</para>
/// </remarks>
/// <param name="line">The line; not disposed of.</param>
/// <param name="time">For deadlines.</param>
internal sealed class EzoUart(ISerialLine line, TimeProvider time) : IEzoLink
{
    // It speaks each second in continuous mode; longer than one line takes.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan QuietWithin = TimeSpan.FromSeconds(3);

    // Beyond what the circuit works on the command.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // How long after that an answer may still come, so that nothing is asked before.
    private static readonly TimeSpan LateMax = TimeSpan.FromSeconds(1);

    private readonly byte[] buffer = new byte[256];
    private long asked;
    private TimeSpan owed;

    /// <inheritdoc/>
    public bool MayChangeDigits => true;

    /// <inheritdoc/>
    public async ValueTask<Reading.Failed?> BeginAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        if (await line.OpenAsync(cancellationToken) is { } down)
        {
            return new Reading.Failed(SensorFault.BusDown, down);
        }

        // Whatever was heard since: it may have been the answer to an earlier question.
        if (Owed is var late && late > TimeSpan.Zero && await ListenUntilQuietAsync(late, cancellationToken) is { } noise)
        {
            return noise;
        }

        // The first carriage return ends whatever it may have half heard. Then: no readings unasked.
        if (await line.WriteAsync(EzoText.Bytes("\rC,0\r"), cancellationToken) is { } fault)
        {
            return new Reading.Failed(SensorFault.BusDown, fault);
        }

        if (await ListenUntilQuietAsync(TimeSpan.Zero, cancellationToken) is { } loud)
        {
            return loud;
        }

        // "Done" after each command, by which answers are told apart.
        return (await AskAsync("*OK,1", TimeSpan.Zero, turn, cancellationToken)).Failure;
    }

    private TimeSpan Owed => owed - time.GetElapsedTime(asked);

    /// <inheritdoc/>
    public async ValueTask<EzoAnswer> AskAsync(
        string command, TimeSpan processing, IBusTurn turn, CancellationToken cancellationToken)
    {
        var fault = await line.OpenAsync(cancellationToken) ?? await line.DrainAsync(buffer, cancellationToken)
            ?? await WriteAsync(command, processing, cancellationToken);
        if (fault is not null)
        {
            return EzoAnswer.Failed(SensorFault.BusDown, fault);
        }

        var lines = new EzoUartLines();
        var begun = time.GetTimestamp();
        string? text = null;
        while (processing + Patience - time.GetElapsedTime(begun) is var left && left > TimeSpan.Zero)
        {
            var heard = await line.ReadAsync(buffer, left, cancellationToken);
            if (heard.Fault is not null)
            {
                return EzoAnswer.Failed(SensorFault.BusDown, heard.Fault);
            }

            lines.Add(buffer.AsSpan(..heard.Count));
            while (lines.Next() is { } said)
            {
                switch (said.Kind)
                {
                    case EzoUartKind.Done:
                        return new EzoAnswer(text ?? "", null);
                    case EzoUartKind.Text when text is null:
                        text = said.Text;
                        break;
                    case EzoUartKind.Text:
                        return EzoAnswer.Failed(SensorFault.Garbled, $"two answers to {command}: {text} and {said.Text}");
                    case EzoUartKind.Error:
                        return EzoAnswer.Failed(SensorFault.Refused, $"it does not know the command {command}: update its firmware");
                    case EzoUartKind.BadSupply:
                        return EzoAnswer.Failed(SensorFault.DeviceFault, $"its supply is {said.Text}");
                    case EzoUartKind.Restarted:
                        return EzoAnswer.Failed(SensorFault.TimedOut, $"it started anew while it worked on {command}: does its supply break down?");
                    case EzoUartKind.Garbled:
                        return EzoAnswer.Failed(SensorFault.Garbled, $"no line of an EZO circuit: {said.Text}");
                    case EzoUartKind.Other:
                        break;
                }
            }
        }

        return text is null && lines.IsEmpty
            ? EzoAnswer.Failed(SensorFault.NoAnswer, $"nothing came after {command}; or it is in I2C mode: is its light blue?")
            : EzoAnswer.Failed(SensorFault.TimedOut, $"only part of an answer to {command}: {text}");
    }

    // Owed from the moment it is asked, so that a cancelled poll leaves no answer to the next one.
    private ValueTask<string?> WriteAsync(string command, TimeSpan processing, CancellationToken cancellationToken)
    {
        asked = time.GetTimestamp();
        owed = processing + Patience + LateMax;
        return line.WriteAsync(EzoText.Bytes($"{command}\r"), cancellationToken);
    }

    private async ValueTask<Reading.Failed?> ListenUntilQuietAsync(TimeSpan atLeast, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        while (true)
        {
            var left = atLeast - time.GetElapsedTime(begun);
            if (-left > QuietWithin)
            {
                return new Reading.Failed(SensorFault.Garbled, "it never falls silent: another device, or another baud rate");
            }

            var heard = await line.ReadAsync(buffer, left > Quiet ? left : Quiet, cancellationToken);
            if (heard.Fault is not null)
            {
                return new Reading.Failed(SensorFault.BusDown, heard.Fault);
            }

            if (heard.Count == 0)
            {
                return null;
            }
        }
    }
}
