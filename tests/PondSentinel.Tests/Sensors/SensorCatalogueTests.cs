using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Sensors.Profiles;

namespace PondSentinel.Tests.Sensors;

public sealed class SensorCatalogueTests
{
    [Fact]
    public void Every_model_is_found_by_its_id_and_says_what_it_is() =>
        Assert.Equal(
            """
            alphasense-opc-n3: Alphasense OPC-N3 particle counter, alone on Spi, indicative, not verified: pm1 = pm1_ug_m3, pm25 = pm25_ug_m3, pm10 = pm10_ug_m3, flow = sample_flow_ml_s, temperature = housing_temperature_c, humidity = housing_humidity_percent
            aquaread-leveline: Aquaread LeveLine level probe, addressed on Serial, reference, not verified: temperature = water_temperature_c, pressure = water_pressure_mbar
            atlas-ezo-do: Atlas Scientific EZO-DO circuit for dissolved oxygen, I2c at 0x61 or alone on Serial, reference, not verified: dissolved_oxygen = dissolved_oxygen_mg_l
            atlas-ezo-ec: Atlas Scientific EZO-EC circuit for conductivity, I2c at 0x64 or alone on Serial, reference, not verified: conductivity = conductivity_us_cm, specific_conductance = specific_conductance_us_cm
            atlas-ezo-orp: Atlas Scientific EZO-ORP circuit for redox potential, I2c at 0x62 or alone on Serial, reference, not verified: orp = orp_mv
            atlas-ezo-ph: Atlas Scientific EZO-pH circuit for pH, I2c at 0x63 or alone on Serial, reference, not verified: ph = ph
            atlas-ezo-rtd: Atlas Scientific EZO-RTD circuit for temperature, I2c at 0x66 or alone on Serial, reference, not verified: temperature = water_temperature_c
            boqu-bh-485-nh: BOQU BH-485-NH ammonium probe, addressed on Serial, reference, not verified: temperature = water_temperature_c, ph = ph, nh4n = ammonium_n_mg_l, potassium = potassium_mg_l
            bosch-bme280: Bosch BME280 air sensor, I2c at 0x76, reference, not verified: temperature = air_temperature_c, humidity = air_humidity_percent, pressure = air_pressure_hpa
            contact: Contact on a GPIO line, for doors, pumps and valves, addressed on Gpio, reference, not verified: by its settings
            daruifuno-dph7: Daruifuno DPH7 pH probe, addressed on Serial, reference, not verified: ph = ph, temperature = water_temperature_c
            delta-ohm-pmsense: Delta OHM PMsense dust transmitter, addressed on Serial, indicative, not verified: pm1 = pm1_ug_m3, pm25 = pm25_ug_m3, pm10 = pm10_ug_m3
            dfrobot-sen0710: DFRobot SEN0710 turbidity probe, addressed on Serial, indicative, not verified: turbidity = turbidity_ntu, temperature = water_temperature_c
            host: The computer that the gateway runs on, alone on Host, indicative, not verified: cpu_temperature = processor_temperature_c, undervoltage = undervoltage, undervoltage_since_boot = undervoltage, disk_free = disk_free_mib, medium_wear = medium_wear_percent, load = load_average
            keller-acculevel: Keller Acculevel level probe, addressed on Serial, reference, not verified: pressure = water_pressure_mbar, temperature = water_temperature_c
            maxbotix-hrxl: MaxBotix HRXL-MaxSonar ultrasonic level sensor, alone on Serial, indicative, not verified: level = water_level_mm
            maxim-ds18b20: Maxim DS18B20 thermometer, addressed on OneWire, reference, not verified: temperature = water_temperature_c
            nova-sds011: Nova SDS011 dust sensor, alone on Serial, indicative, not verified: pm25 = pm25_ug_m3, pm10 = pm10_ug_m3
            plantower-pms5003: Plantower PMS5003 or PMS7003 dust sensor, alone on Serial, indicative, not verified: pm1 = pm1_ug_m3, pm25 = pm25_ug_m3, pm10 = pm10_ug_m3
            plantower-pmsa003i: Plantower PMSA003I dust sensor, I2c at 0x12, indicative, not verified: pm1 = pm1_ug_m3, pm25 = pm25_ug_m3, pm10 = pm10_ug_m3
            pulse-counter: Pulse counter on a GPIO line, for tipping buckets, cup anemometers and flow meters, addressed on Gpio, reference, not verified: by its settings
            renke-rs-fs-n01: Renke RS-FS-N01 anemometer, addressed on Serial, reference, not verified: speed = wind_speed_m_s
            renke-rs-fx-n01: Renke RS-FX-N01 wind vane, addressed on Serial, reference, not verified: direction = wind_direction_deg
            sensirion-sps30: Sensirion SPS30 dust sensor, alone on Serial, indicative, not verified: pm1 = pm1_ug_m3, pm25 = pm25_ug_m3, pm10 = pm10_ug_m3
            supmea-ph8001: Supmea SUP-PH8001 pH probe, addressed on Serial, reference, not verified: temperature = water_temperature_c, ph = ph, electrode = ph_electrode_mv
            tera-nextpm: Tera Sensor NextPM dust sensor, addressed on Serial, indicative, not verified: pm1 = pm1_ug_m3, pm25 = pm25_ug_m3, pm10 = pm10_ug_m3, humidity = housing_humidity_percent, temperature = housing_temperature_c
            ti-ads1115: Texas Instruments ADS1115 analog-to-digital converter, I2c at 0x48, reference, not verified: by its settings
            ti-ina219: Texas Instruments INA219 supply monitor, I2c at 0x40, reference, not verified: voltage = supply_voltage_v, current = supply_current_a
            yosemitech-y4000: Yosemitech Y4000 multiparameter sonde, addressed on Serial, reference, not verified: oxygen = dissolved_oxygen_mg_l, turbidity = turbidity_ntu, conductivity = conductivity_us_cm, ph = ph, temperature = water_temperature_c, orp = orp_mv, chlorophyll = chlorophyll_ug_l, algae = blue_green_algae_cells_ml
            yosemitech-y510: Yosemitech Y510-B turbidity probe, addressed on Serial, reference, not verified: temperature = water_temperature_c, turbidity = turbidity_ntu
            yosemitech-y511: Yosemitech Y511-A turbidity probe with wiper, addressed on Serial, reference, not verified: temperature = water_temperature_c, turbidity = turbidity_ntu
            yosemitech-y520: Yosemitech Y520-A conductivity probe, addressed on Serial, reference, not verified: temperature = water_temperature_c, conductivity = conductivity_us_cm
            yosemitech-y521: Yosemitech Y521-A conductivity probe, addressed on Serial, reference, not verified: temperature = water_temperature_c, conductivity = conductivity_us_cm
            yosemitech-y532: Yosemitech Y532 pH probe, addressed on Serial, reference, not verified: ph = ph, temperature = water_temperature_c, electrode = ph_electrode_mv
            yosemitech-y560: Yosemitech Y560-A ammonium probe, addressed on Serial, reference, not verified: nh4n = ammonium_n_mg_l, potassium = potassium_mg_l, nh4 = ammonium_ion_mg_l, electrode = ph_electrode_mv, ph = ph, temperature = water_temperature_c, nh4-electrode = ammonium_electrode_mv, potassium-electrode = potassium_electrode_mv
            yosemitech-y700: Yosemitech Y700 pressure level probe, addressed on Serial, reference, not verified: level = water_level_mm, temperature = water_temperature_c
            """,
            string.Join('\n', SensorCatalogue.Models.OrderBy(model => model.Key, StringComparer.Ordinal).Select(Describe)));

    // Y511 by its manual: ten readings, of which none is on the line while it waits.
    [Fact]
    public void Poll_with_a_sequence_keeps_the_line_busy_for_its_frames_and_waits_off_it()
    {
        var y511 = SensorCatalogue.Models["yosemitech-y511"].On(LineKind.Serial)!;
        var line = new SerialSettings("", 9600);
        const double read = 20 + ((3.5 + 8 + 15) * 10 / 9.6);
        const double brush = 20 + ((3.5 + 9 + 8) * 10 / 9.6);

        var order = All("yosemitech-y511");
        var asItIs = order with { Settings = new ProfileSettings(Sequenced: false) };

        Assert.Equal((10 * read) + brush, y511.LineTime(line, order).TotalMilliseconds, tolerance: 0.01);
        Assert.Equal(read, y511.LineTime(line, asItIs).TotalMilliseconds, tolerance: 0.01);
        Assert.Equal(TimeSpan.FromSeconds(20 + (9 * 2)), y511.Waiting(order));
        Assert.Equal(TimeSpan.Zero, y511.Waiting(asItIs));
    }

    // Y511 holds the line for one reading and its serial number at the most; a network's delay comes to each request.
    [Fact]
    public void Turn_is_the_longest_that_a_poll_holds_the_line_at_once_and_a_network_delays_each_request()
    {
        var y511 = SensorCatalogue.Models["yosemitech-y511"].On(LineKind.Serial)!;
        const double read = 20 + ((3.5 + 8 + 15) * 10 / 9.6);
        const double serial = 20 + ((3.5 + 8 + 19) * 10 / 9.6);

        var order = All("yosemitech-y511");
        var far = new TcpSerialSettings("10.0.0.5", 4001, 9600) { NetworkDelay = TimeSpan.FromMilliseconds(300) };

        Assert.Equal(read + serial, y511.Turn!(new SerialSettings("", 9600), order).TotalMilliseconds, tolerance: 0.01);
        Assert.Equal(read + serial + (2 * 300), y511.Turn!(far, order).TotalMilliseconds, tolerance: 0.01);
        Assert.Equal(
            11 * 300,
            (y511.LineTime(far, order) - y511.LineTime(new SerialSettings("", 9600), order)).TotalMilliseconds,
            tolerance: 0.01);
    }

    // Y532: three reads of 8 + 9 characters of 10 bits, each after 3.5 of silence, 1.75 ms on a fast line, and with 20 ms until
    // the probe answers.
    [Theory]
    [InlineData("yosemitech-y532", 9600, 124.062)]
    [InlineData("yosemitech-y532", 115200, 69.677)]
    [InlineData("nova-sds011", 9600, 30.208)]
    public void Poll_keeps_the_line_busy_for_its_bytes_and_its_pauses(string id, int baud, double expectedMs) =>
        Assert.Equal(expectedMs, SensorCatalogue.Models[id].On(LineKind.Serial)!.LineTime(new SerialSettings("", baud), All(id)).TotalMilliseconds, tolerance: 0.001);

    private static SensorOrder All(string id) =>
        new(1, [.. SensorCatalogue.Models[id].Outputs.Select(output => output.Name)]);

    private static string Describe(Attachment attachment) => attachment.Addresses switch
    {
        null => $"alone on {attachment.Kind}",
        I2cAddresses i2c => $"{attachment.Kind} at {i2c.Text(i2c.Usual)}",
        _ => $"addressed on {attachment.Kind}",
    };

    private static string Describe(KeyValuePair<string, SensorModel> entry)
    {
        var model = entry.Value;
        Assert.Equal(entry.Key, model.Id);
        return $"{model.Id}: {model.Name}, {string.Join(" or ", model.Attachments.Select(Describe))}, {model.Grade}, "
            + $"{(model.VerifiedOnHardware ? "verified" : "not verified")}: "
            + (model.Outputs.Count == 0
                ? "by its settings"
                : string.Join(", ", model.Outputs.Select(output => $"{output.Name} = {output.Measurand.WireName}")));
    }
}
