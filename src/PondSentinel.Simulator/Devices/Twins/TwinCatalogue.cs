using System.Globalization;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors.Buses.Spi;
using PondSentinel.Sensors.Drivers.AlphasenseOpcN3;
using PondSentinel.Sensors.Drivers.BoschBme280;
using PondSentinel.Sensors.Drivers.Contact;
using PondSentinel.Sensors.Drivers.HostMachine;
using PondSentinel.Sensors.Drivers.MaxbotixHrxl;
using PondSentinel.Sensors.Drivers.MaximDs18b20;
using PondSentinel.Sensors.Drivers.NovaSds011;
using PondSentinel.Sensors.Drivers.Plantower;
using PondSentinel.Sensors.Drivers.PulseCounter;
using PondSentinel.Sensors.Drivers.SensirionSps30;
using PondSentinel.Sensors.Drivers.TiAds1115;
using PondSentinel.Sensors.Drivers.TiIna219;
using PondSentinel.Sensors.Profiles;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>The twins there are, by the id of their model in the sensor catalogue.</summary>
internal static class TwinCatalogue
{
    /// <summary>Modbus probes, from their makers' papers.</summary>
    public static IReadOnlyDictionary<string, TwinKind<IModbusSlave>> Modbus { get; } =
        YosemitechModels.All
            .Select(model => (model.Id, new TwinKind<IModbusSlave>(model.Knobs, order => new YosemitechProbe(
                order.Device.Id, (byte)order.Device.Address, model, order.Faults, order.Sense, order.Device.Serial?.PadRight(12)[..12]))))
            .Concat(RegisterModels.All.Select(model => (model.Id, new TwinKind<IModbusSlave>(model.Knobs, order => new RegisterProbe(
                order.Device.Id, (byte)order.Device.Address, model, order.Faults, order.Sense, Number(order.Device.Serial))))))
            .ToDictionary(StringComparer.Ordinal);

    /// <summary>Devices that have a serial line for themselves.</summary>
    public static IReadOnlyDictionary<string, TwinKind<ILineDevice>> Alone { get; } =
        EzoKind.All
            .Select(kind => (kind.Id, new TwinKind<ILineDevice>(EzoUartTwin.Knobs(kind), order => new EzoUartTwin(
                order.Device.Id, kind, order.Faults, order.Sense, order.Character, order.Log))))
            .Concat(
            [
                (HrxlSensor.Model.Id, new TwinKind<ILineDevice>(HrxlTwin.Knobs, order => new HrxlTwin(
                    order.Device.Id, order.Device.Settings as HrxlSettings ?? HrxlSettings.Usual, order.Faults, order.Sense, order.Log))),
                (Pms5003Sensor.Model.Id, new TwinKind<ILineDevice>(Pms5003.Knobs, order => new Pms5003(
                    order.Device.Id, order.Faults, order.Sense, order.Character, order.Log))),
                (Sds011Sensor.Model.Id, new TwinKind<ILineDevice>(Sds011.Knobs, order => new Sds011(
                    order.Device.Id,
                    order.Faults,
                    () => (order.Sense()(Measurements.Measurand.Pm25), order.Sense()(Measurements.Measurand.Pm10)),
                    order.Character,
                    order.Log))),
                (Sps30Sensor.Model.Id, new TwinKind<ILineDevice>(Sps30Twin.Knobs, order => new Sps30Twin(
                    order.Device.Id, order.Faults, order.Sense, order.Character, order.Log)
                {
                    Serial = order.Device.Serial ?? Sps30Twin.UsualSerial,
                })),
            ])
            .ToDictionary(StringComparer.Ordinal);

    /// <summary>Devices on an I2C bus.</summary>
    public static IReadOnlyDictionary<string, TwinKind<II2cTwin>> I2c { get; } =
        EzoKind.All
            .Select(kind => (kind.Id, new TwinKind<II2cTwin>(EzoI2cTwin.Knobs(kind), order => new EzoI2cTwin(
                order.Device.Id, (int)order.Device.Address, kind, order.Faults, order.Sense))))
            .Concat(
            [
                (Ads1115Sensor.Model.Id, new TwinKind<II2cTwin>(Ads1115Twin.Knobs, order => new Ads1115Twin(
                    order.Device.Id, (int)order.Device.Address, order.Faults, order.Volts))),
                (Bme280Sensor.Model.Id, new TwinKind<II2cTwin>(Bme280Twin.Knobs, order => new Bme280Twin(
                    order.Device.Id,
                    (int)order.Device.Address,
                    order.Device.Settings is not Bme280Settings { IsOutdoors: false },
                    order.Faults,
                    order.Sense))),
                (Ina219Sensor.Model.Id, new TwinKind<II2cTwin>(Ina219Twin.Knobs, order => new Ina219Twin(
                    order.Device.Id,
                    (int)order.Device.Address,
                    (order.Device.Settings as Ina219Settings ?? Ina219Settings.Usual).ShuntOhms,
                    order.Faults,
                    order.Sense))),
                (Pmsa003iSensor.Model.Id, new TwinKind<II2cTwin>(Pmsa003iTwin.Knobs, order => new Pmsa003iTwin(
                    order.Device.Id, order.Faults, order.Sense))),
            ])
            .ToDictionary(StringComparer.Ordinal);

    /// <summary>Devices on SPI, each alone at its select line.</summary>
    public static IReadOnlyDictionary<string, TwinKind<ISpiLine>> Spi { get; } =
        new Dictionary<string, TwinKind<ISpiLine>>(StringComparer.Ordinal)
        {
            [OpcN3Sensor.Model.Id] = new(OpcN3Twin.Knobs, order => new OpcN3Twin(
                order.Device.Id, order.Faults, order.Sense, order.Log, order.Time)
            {
                Serial = order.Device.Serial ?? OpcN3Twin.UsualSerial,
            }),
        };

    /// <summary>Contacts on GPIO lines.</summary>
    public static IReadOnlyDictionary<string, TwinKind<GpioTwin>> Gpio { get; } =
        new Dictionary<string, TwinKind<GpioTwin>>(StringComparer.Ordinal)
        {
            [ContactSensor.Model.Id] = new(SwitchTwin.Knobs, order => new SwitchTwin(
                order.Device.Id,
                (int)order.Device.Address,
                (ContactSettings)order.Device.Settings!,
                order.Faults,
                order.Sense,
                order.Log)),
            [PulseSensor.Model.Id] = new(ContactTwin.Knobs, order => new ContactTwin(
                order.Device.Id,
                (int)order.Device.Address,
                order.Device.Settings as PulseSettings ?? PulseSettings.Usual,
                order.Faults,
                order.Sense,
                order.Log)),
        };

    /// <summary>The computer itself, as a folder of its files.</summary>
    public static IReadOnlyCollection<string> Host { get; } = [HostSensor.Model.Id];

    /// <summary>Devices on 1-Wire: all are thermometers.</summary>
    public static IReadOnlyCollection<string> OneWire { get; } = [Ds18b20Sensor.Model.Id];

    /// <summary>The Modbus twin of a device: its maker's, or else one of its profile alone.</summary>
    /// <param name="device">The device.</param>
    /// <param name="profile">The profile of its model; null where it has none.</param>
    public static TwinKind<IModbusSlave>? ModbusOf(DeviceOptions device, DeviceProfile? profile) =>
        Modbus.TryGetValue(device.Model, out var kind) ? kind
        : profile is not null ? new TwinKind<IModbusSlave>(
            ProfileProbe.Knobs(profile),
            order => new ProfileProbe(order.Device.Id, (byte)order.Device.Address, profile, order.Device.Serial, order.Faults, order.Sense))
        : null;

    private static uint? Number(string? serial) =>
        uint.TryParse(serial, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>A kind of twin.</summary>
/// <param name="Knobs">What can be wrong with it.</param>
/// <param name="Create">Makes one.</param>
internal sealed record TwinKind<T>(IReadOnlyList<FaultKind> Knobs, Func<TwinOrder, T> Create);

/// <summary>What a twin is made of.</summary>
/// <param name="Device">The device, as the gateway's configuration has it.</param>
/// <param name="Faults">What is wrong with it.</param>
/// <param name="Sense">What there is to sense now.</param>
/// <param name="Volts">Volts at the pins of a converter, by their code.</param>
/// <param name="Character">Time of a character, on a serial line.</param>
/// <param name="Log">Told of the values that went out.</param>
/// <param name="Time">The real clock.</param>
internal sealed record TwinOrder(
    DeviceOptions Device,
    Faults Faults,
    Func<Sense> Sense,
    Func<int, double> Volts,
    TimeSpan Character,
    ServedLog Log,
    TimeProvider Time);
