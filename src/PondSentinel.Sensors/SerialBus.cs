using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Sensors;

/// <summary>A serial line and what speaks over it.</summary>
/// <remarks>Disposing closes the line at any time.</remarks>
public sealed class SerialBus : SensorBus
{
    /// <summary>A bus on a port of this machine.</summary>
    /// <param name="settings">How its line is set.</param>
    /// <param name="time">For all waiting.</param>
    public SerialBus(SerialSettings settings, TimeProvider time)
        : this(settings is TcpSerialSettings tcp ? new TcpLine(tcp, time) : new SerialLine(settings), time)
    {
    }

    /// <summary>A bus on any line.</summary>
    /// <param name="line">The line; owned by the bus.</param>
    /// <param name="time">For all waiting.</param>
    internal SerialBus(ISerialLine line, TimeProvider time)
        : base(time)
    {
        Line = new TappedSerialLine(line, Tap);
        Modbus = new ModbusRtuMaster(Line, time);
    }

    /// <summary>The line.</summary>
    public ISerialLine Line { get; }

    /// <summary>Who asks the Modbus devices on it.</summary>
    public ModbusRtuMaster Modbus { get; }

    /// <summary>Closes the line, so that the next poll opens it anew: its adapter or server may hang. Of the buses that the
    /// kernel owns there is nothing to close: opening its device file once more changes nothing of them.</summary>
    public void Reset() => Line.Reset();

    /// <inheritdoc/>
    public override void Dispose() => Line.Dispose();
}
