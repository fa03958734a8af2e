using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.I2c;

namespace PondSentinel.Sensors.Drivers.AtlasEzo;

/// <summary>A circuit in I2C mode: write the command, wait off the bus, read.</summary>
/// <param name="line">The bus; not disposed of.</param>
/// <param name="address">7-bit address.</param>
/// <param name="time">For deadlines.</param>
internal sealed class EzoI2c(II2cLine line, int address, TimeProvider time) : IEzoLink
{
    // Where it says "no data", the command got lost: it is sent once more.
    private const int SendingsMax = 2;

    private static readonly TimeSpan BusyInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(3);

    private readonly byte[] buffer = new byte[EzoI2cReply.LengthMax];

    // Wires of centimetres with a clock of their own; what a Pi does to the top bit shows.
    /// <inheritdoc/>
    public bool MayChangeDigits => false;

    /// <inheritdoc/>
    public ValueTask<Reading.Failed?> BeginAsync(IBusTurn turn, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    public async ValueTask<EzoAnswer> AskAsync(
        string command, TimeSpan processing, IBusTurn turn, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        for (var sending = 0; sending < SendingsMax; sending++)
        {
            if (await line.TransferAsync(address, EzoText.Bytes(command), default) is { } fault)
            {
                return new EzoAnswer(null, fault.AsReading());
            }

            var wait = processing;
            EzoI2cReply reply;
            do
            {
                await turn.PauseAsync(wait, cancellationToken);
                if (await line.TransferAsync(address, default, buffer) is { } silent)
                {
                    return new EzoAnswer(null, silent.AsReading());
                }

                reply = EzoI2cReply.Of(buffer);
                wait = BusyInterval;
            }
            while (reply.Code == EzoI2cCode.Busy && time.GetElapsedTime(begun) + wait <= AnswerMax);

            switch (reply.Code)
            {
                case EzoI2cCode.Done:
                    return new EzoAnswer(reply.Text, null);
                case EzoI2cCode.Busy:
                    return EzoAnswer.Failed(SensorFault.TimedOut, $"still busy with {command} after {AnswerMax.TotalSeconds:0} s");
                case EzoI2cCode.SyntaxError:
                    return EzoAnswer.Failed(SensorFault.Refused, $"it does not know the command {command}: update its firmware");
                case EzoI2cCode.Unknown:
                    return EzoAnswer.Failed(SensorFault.Garbled, $"no answer of an EZO circuit: {Convert.ToHexString(buffer.AsSpan(..8))}");
                case EzoI2cCode.NoData:
                    break;
            }
        }

        return EzoAnswer.Failed(SensorFault.Refused, $"it has no data after {command}");
    }
}
