

def test_a_run_id_of_a_config_has_to_be_a_uuid():
    with pytest.raises(ValueError, match="run_id='mine': give a UUID"):
        RunnableLambda(str).invoke(1, {"run_id": "mine"})
