using PondSentinel.Measurements;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>Modbus probes of other makers, from their own papers.</summary>
internal static class RegisterModels
{
    private static readonly WordCoding Whole = new(WordForm.Unsigned16);
    private static readonly WordCoding Tenths = new(WordForm.Unsigned16, 0.1m);
    private static readonly WordCoding SignedTenths = new(WordForm.Signed16, 0.1m);
    private static readonly WordCoding SignedHundredths = new(WordForm.Signed16, 0.01m);
    private static readonly WordCoding Hundredths = new(WordForm.Unsigned16, 0.01m);
    private static readonly WordCoding LongTenths = new(WordForm.Signed32HighFirst, 0.1m);
    private static readonly WordCoding Thousandths = new(WordForm.Unsigned32LowFirst, 0.001m);

    /// <summary>All.</summary>
    public static IReadOnlyList<RegisterModel> All { get; } =
    [
        // SUP-PH8001 user manual. Also answers at address 0, with its own.
        new()
        {
            Id = "supmea-ph8001",
            Cells =
            [
                new(0, SignedTenths, "temperature", Measurand.WaterTemperature),
                new(1, SignedHundredths, "ph", Measurand.Ph),
                new(2, SignedTenths, "electrode", Measurand.PhElectrode),
            ],
            // Zero 0.0 mV, slope 100.0 %, calibrated in 3 points, nothing wrong.
            Fixed = [(3, [0, 1000, 3]), (6, [0, 0])],
            Writable = [7, 0x000B],
            AddressRegister = 0x000B,
            AnyAddress = 0,
        },

        // BOQU BH-485-NH user manual, page 34; serial number in 35 to 37. The order of its bytes is a sibling's: not in the manual.
        new()
        {
            Id = "boqu-bh-485-nh",
            Cells =
            [
                new(0, WordCoding.FloatDcba, "temperature", Measurand.WaterTemperature),
                new(2, WordCoding.FloatDcba, "ph", Measurand.Ph),
                new(16, WordCoding.FloatDcba, "nh4n", Measurand.AmmoniumNitrogen),
                new(18, WordCoding.FloatDcba, "potassium", Measurand.Potassium),
            ],
            Fixed = [(35, [26, 7, 1])],
        },

        // Keller, by way of EnviroDIY/KellerModbus: bar and degrees at 0x0100, serial number at 0x0202.
        new()
        {
            Id = "keller-acculevel",
            Cells =
            [
                new(0x0100, WordCoding.FloatAbcd, "pressure", Measurand.WaterPressure) { PerUnit = 0.001 },
                new(0x0102, WordCoding.FloatAbcd, "temperature", Measurand.WaterTemperature),
            ],
            Fixed = [(0x0202, [0x0001, 0xE240])],
            SerialRegister = 0x0202,
        },

        // NextPM User Guide v3.4. The means of 60 s and 15 minutes are here those of 10 s; counts are not simulated and read 0.
        new()
        {
            Id = "tera-nextpm",
            Cells =
            [
                new(56, Thousandths, "pm1", Measurand.Pm1),
                new(58, Thousandths, "pm25", Measurand.Pm25),
                new(60, Thousandths, "pm10", Measurand.Pm10),
                new(68, Thousandths, "pm1_60s", Measurand.Pm1),
                new(70, Thousandths, "pm25_60s", Measurand.Pm25),
                new(72, Thousandths, "pm10_60s", Measurand.Pm10),
                new(80, Thousandths, "pm1_900s", Measurand.Pm1),
                new(82, Thousandths, "pm25_900s", Measurand.Pm25),
                new(84, Thousandths, "pm10_900s", Measurand.Pm10),
                new(106, Hundredths, "humidity", Measurand.HousingHumidity),
                new(107, SignedHundredths, "temperature", Measurand.HousingTemperature),
            ],
            Fixed = [(1, [0x0047]), (50, new ushort[6]), (62, new ushort[6]), (74, new ushort[6])],
            States =
            [
                (19, kind => kind switch
                {
                    FaultKind.Asleep => 0x01,
                    FaultKind.Degraded => 0x02,
                    FaultKind.Starting => 0x04,
                    FaultKind.Heater => 0x08,
                    FaultKind.Climate => 0x10,
                    FaultKind.Fan => 0x20,
                    FaultKind.Memory => 0x40,
                    FaultKind.Laser => 0x80,
                    _ => 0,
                }),
            ],
            Writable = [88],
            AddressRegister = 88,
            Thinking = TimeSpan.FromMilliseconds(360),
            OwnKnobs =
            [
                FaultKind.Asleep, FaultKind.Degraded, FaultKind.Starting, FaultKind.Heater, FaultKind.Climate, FaultKind.Fan, FaultKind.Memory,
                FaultKind.Laser,
            ],
        },

        // Renke RS-FS-N01: tenths of a metre a second.
        new() { Id = "renke-rs-fs-n01", Cells = [new(0, Tenths, "speed", Measurand.WindSpeed)] },

        // Renke RS-FX-N01: one of eight sectors of 45 degrees, and degrees.
        new()
        {
            Id = "renke-rs-fx-n01",
            Cells =
            [
                new(0, Whole, "sector", Measurand.WindDirection) { PerUnit = 1.0 / 45 },
                new(1, Whole, "direction", Measurand.WindDirection),
            ],
        },

        // DPH7 user manual 1.0.
        new()
        {
            Id = "daruifuno-dph7",
            Function = 4,
            Cells =
            [
                new(2, WordCoding.FloatCdab, "ph", Measurand.Ph),
                new(4, WordCoding.FloatCdab, "temperature", Measurand.WaterTemperature),
            ],
        },

        // DFRobot's wiki, sen0710.
        new()
        {
            Id = "dfrobot-sen0710",
            Cells =
            [
                new(0, Tenths, "turbidity", Measurand.TurbidityNtu),
                new(1, SignedTenths, "temperature", Measurand.WaterTemperature),
            ],
        },

        // PM[B]sense manual V1.0, page 15; numbers of particles are not simulated and read 0.
        new()
        {
            Id = "delta-ohm-pmsense",
            Function = 4,
            Cells =
            [
                new(3, Tenths, "pm1", Measurand.Pm1),
                new(4, Tenths, "pm25", Measurand.Pm25),
                new(5, Tenths, "pm10", Measurand.Pm10),
            ],
            Fixed = [(0, new ushort[3])],
        },

        // LeveLine manual Rev D, page 82.
        new()
        {
            Id = "aquaread-leveline",
            Function = 4,
            Cells =
            [
                new(0, SignedHundredths, "temperature", Measurand.WaterTemperature),
                new(1, LongTenths, "pressure", Measurand.WaterPressure),
            ],
        },
    ];
}
